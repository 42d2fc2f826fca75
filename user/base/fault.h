/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a test may kill the program, to see that whatever it was doing is whole or not done at all.
 * In the program itself there is nothing of it: only build/fault/portfw (-DPORTFW_FAULTS) looks at
 * the environment. PORTFW_FAULT=NAME kills it at that point, PORTFW_FAULT=NAME:stop stops it there
 * until SIGCONT; PORTFW_FAULT=list prints all names, PORTFW_FAULT=trace the names of those that it
 * comes to, on stderr.
 */
#ifndef PORTFW_BASE_FAULT_H
#define PORTFW_BASE_FAULT_H

/* Before and after each step of a change, in the order in which they come. X(name) */
#define FAULTS(X)              \
	X("start")             \
	X("locked")            \
	X("settled")           \
	X("file-prepare")      \
	X("file-prepared")     \
	X("backup-kept")       \
	X("history-kept")      \
	X("instance-create")   \
	X("instance-created")  \
	X("blocks-loaded")     \
	X("nic-reserved")      \
	X("slot-taken")        \
	X("compiled")          \
	X("tables-stored")     \
	X("text-stored")       \
	X("fallback-stored")   \
	X("pending-written")   \
	X("egress-attach")     \
	X("egress-attached")   \
	X("seed")              \
	X("seeded")            \
	X("file-rename")       \
	X("file-renamed")      \
	X("history-trimmed")   \
	X("lockdown-loaded")   \
	X("lockdown-write")    \
	X("lockdown-written")  \
	X("lockdown-switch")   \
	X("lockdown-switched") \
	X("lockdown-remove")   \
	X("lockdown-removed")  \
	X("nic-unlink")        \
	X("nic-unlinked")      \
	X("instance-remove")   \
	X("instance-removed")  \
	X("switch")            \
	X("switched")          \
	X("nic-link")          \
	X("nic-linked")        \
	X("pending-remove")    \
	X("pending-removed")   \
	X("good-keep")         \
	X("good-kept")         \
	X("confirm")           \
	X("confirmed")         \
	X("rollback")          \
	X("rolled-back")       \
	X("program-swap")      \
	X("program-swapped")   \
	X("upgrade-created")   \
	X("upgrade-completed") \
	X("pin-move")          \
	X("pins-moved")        \
	X("block-add")         \
	X("block-added")       \
	X("block-remove")      \
	X("block-removed")     \
	X("blocks-rename")     \
	X("blocks-renamed")

#ifdef PORTFW_FAULTS
void fault_point(const char *name);
/* For main(): whether the names were asked for and have been printed. */
int fault_list(void);
#else
static inline void fault_point(const char *name)
{
	(void)name;
}
static inline int fault_list(void)
{
	return 0;
}
#endif

#endif
