/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the programs in bpf/ and the command line in user/: the layout of every map,
 * the reasons for a verdict, limits, pin names. One source for both sides and for the tests.
 *
 * Every field is in host byte order unless its name ends in _be. All padding is explicit and zero.
 * A change of layout or meaning raises ABI_VERSION: a command refuses pins of another version.
 */
#ifndef PORTFW_ABI_H
#define PORTFW_ABI_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

#define ABI_VERSION 1

/* Names inside the pin directory. A NIC's XDP link is PIN_XDP_LINK with its index: "xdp-0". bpffs
 * forbids dots in names, so no pin carries the name of a NIC (eth0.100). */
#define PIN_CONTROL "control"
#define PIN_SLOTS "slots"
#define PIN_COUNTERS "counters"
#define PIN_XDP_LINK "xdp-%u"
#define PIN_TEXT "policy-%u"

/* --- Verdicts and reasons ------------------------------------------------------------------- */

enum verdict {
	VERDICT_PASS,
	VERDICT_DROP,
	VERDICT_COUNT,
};

/*
 * Why a packet passes or drops; each reason has one verdict. X(NAME, spelling, verdict, meaning).
 * Order is ABI: counters are indexed by it. New reasons go to the end.
 */
#define REASONS(X)                                                                       \
	X(NON_IP, "non-ip", PASS, "not IPv4 or IPv6: ARP, LACP, LLDP, PTP, ...")         \
	X(MALFORMED, "malformed", DROP, "a header is truncated or contradicts itself")   \
	X(ICMP, "icmp", PASS, "neighbour discovery, ICMP errors, other ICMP and IGMP")   \
	X(BLOCKED, "blocked", DROP, "the source is on the block list")                   \
	X(KEEP, "keep", PASS, "lockdown is on and the source is kept")                   \
	X(LOCKDOWN, "lockdown", DROP, "lockdown is on and the source is not kept")       \
	X(DHCP, "dhcp", PASS, "an answer of a DHCP server to this host")                 \
	X(FRAGMENT, "fragment", PASS, "a later fragment: its first fragment was judged") \
	X(ALLOW, "allow", PASS, "a rule allows the port or protocol")                    \
	X(REPLY, "reply", PASS, "a reply to a flow that this host opened")               \
	X(DENY, "deny", DROP, "a rule denies the port or protocol")                      \
	X(DEFAULT_ALLOW, "default-allow", PASS, "no rule, and the default is allow")     \
	X(DEFAULT_DENY, "default-deny", DROP, "no rule, and the default is deny")

enum reason {
	REASON_NONE, /* not decided: go on with the next step */
#define X(name, spelling, verdict, meaning) REASON_##name,
	REASONS(X)
#undef X
		REASON_COUNT,
};

/* Bit n: reason n passes. */
#define X(name, spelling, verdict, meaning) ((VERDICT_##verdict == VERDICT_PASS) << REASON_##name) |
enum { REASONS_THAT_PASS = REASONS(X) 0 };
#undef X

/* --- Policy tables -------------------------------------------------------------------------- */

/* What a rule says of a packet. Two bits wide. */
enum action {
	ACTION_NONE, /* no rule: the default holds */
	ACTION_ALLOW,
	ACTION_DENY,
	/* Denied by a rule that names exactly this port: also answers of DHCP servers drop. The
	 * tables use it for UDP ports 68 and 546 only. */
	ACTION_DENY_EXACT,
};

/* Code of a port or protocol in a slot. The first three equal the actions of the same number. */
enum {
	CODE_NONE = ACTION_NONE,
	CODE_ALLOW = ACTION_ALLOW,
	CODE_DENY = ACTION_DENY,
	CODE_CLASS = 3, /* not the same everywhere: look at the class */
};

#define MAX_NICS 32	/* indices of attached NICs: 0 to 31 */
#define MAX_CLASSES 250 /* distinct port behaviours in one policy */
#define PORT_COUNT 65536

/* The protocols whose packets are judged by destination port, as indices of the port tables. */
enum port_table {
	PORT_TABLE_TCP,
	PORT_TABLE_UDP,
	PORT_TABLE_SCTP,
	PORT_TABLE_COUNT,
};

/*
 * A behaviour that does not fit in a code: shared by all ports and protocols that behave alike.
 *
 * nic_actions holds an enum action for each NIC index: NIC n at bits 2n and 2n+1. Example: allowed
 * on the NICs 0 and 2 only, no rule elsewhere: 0x11.
 */
struct class
{
	__u64 nic_actions;
	__u64 reserved[7]; /* zero; sources, expiry, rates come here */
};

/*
 * One whole compiled policy. A program reads the slot that the control word names, for every NIC
 * the same; a slot is written only while no program can be reading it.
 *
 * ports: two bits a port (enum code), four ports a byte, the lowest port in the lowest bits: port
 * 22 of TCP is ports[PORT_TABLE_TCP][5], bits 4 and 5. 16 KiB a protocol, so that it stays in the
 * first-level cache. port_class is read only where the code is CODE_CLASS.
 */
struct slot {
	__u8 default_action; /* ACTION_ALLOW or ACTION_DENY */
	__u8 reserved[63];
	__u8 protocols[256];	  /* enum code by IP protocol number; TCP, UDP, SCTP unused */
	__u8 protocol_class[256]; /* index into classes */
	__u8 ports[PORT_TABLE_COUNT][PORT_COUNT / 4];
	__u8 port_class[PORT_TABLE_COUNT][PORT_COUNT]; /* index into classes */
	struct class classes[256];
};

/* --- Control -------------------------------------------------------------------------------- */

/* Live policy, fallback of a trial, and two to compile into. A power of two: masking an index is
 * cheap, and older verifiers (5.10, 6.1) lose track of a comparison with 3. */
#define SLOT_COUNT 4

/*
 * The control word: everything that selects the policy, switched by one aligned 8-byte store.
 *   bits 0-1    active slot
 *   bits 2-3    fallback slot, in force once a trial's deadline has passed
 *   bits 4-15   zero
 *   bits 16-63  deadline of a trial in jiffies (low 48 bits of jiffies64), 0: no trial
 */
#define CONTROL_ACTIVE(word) ((__u32)(word) & (SLOT_COUNT - 1))
#define CONTROL_WORD(active) ((__u64)(active))

enum attach_mode {
	ATTACH_AUTO, /* in a policy only: native, else generic */
	ATTACH_NATIVE,
	ATTACH_GENERIC,
};

/* How frames of a NIC begin. */
enum link_type {
	LINK_ETHERNET, /* at the Ethernet header */
	LINK_RAW_IP,   /* at the IP header: tun, WireGuard, PPP */
};

/* An attached NIC, by its index. For user space only; the pinned link is what holds. */
struct nic {
	__u32 ifindex;	 /* 0: this index is free */
	__u32 mode;	 /* enum attach_mode: native or generic */
	__u32 link_type; /* enum link_type */
	__u32 reserver;	 /* process that is about to attach it, 0 once the link is pinned */
	char name[16];	 /* NUL-terminated, as it was at attach */
};

/* Whether a program may still be reading a slot that is not active. */
enum slot_state {
	SLOT_CLEAN,   /* none: free to write */
	SLOT_RETIRED, /* until the next RCU grace period */
};

/* The one value of the control map. The word has a cache line of its own: it is read for every
 * packet, the rest only by commands. */
struct control {
	__u64 word;
	__u64 reserved[7];
	__u32 abi_version;
	__u32 cpu_count;		/* entries of the counters map */
	__u32 slot_state[SLOT_COUNT];	/* enum slot_state */
	__u32 text_length[SLOT_COUNT];	/* bytes of the slot's policy text in its own map, PIN_TEXT
					 */
	__u32 slot_version[SLOT_COUNT]; /* grows each time the slot is taken to be written */
	__u32 reserved2[2];
	struct nic nics[MAX_NICS];
};

/* --- Counters ------------------------------------------------------------------------------- */

struct counter {
	__u64 packets;
	__u64 bytes; /* of whole frames, link-layer header included */
};

/*
 * Counters of one CPU, by CPU number in an array map: a plain array because programs reach it
 * without a helper call and user space reads it through one mmap. Only the CPU itself writes.
 *
 * ports: packets that were judged at or after the rule for their port, by destination port; TCP
 * and UDP (PORT_TABLE_TCP and PORT_TABLE_UDP). Malformed packets and later fragments have none.
 */
struct cpu_counters {
	struct counter reasons[32]; /* by enum reason */
	__u64 ports[2][PORT_COUNT][VERDICT_COUNT];
};

/* --- What both sides rely on ---------------------------------------------------------------- */

#define ABI_ASSERT(condition) _Static_assert(condition, #condition)
ABI_ASSERT((int)CODE_DENY == (int)ACTION_DENY);
ABI_ASSERT(REASON_COUNT <= 32);
ABI_ASSERT(sizeof(struct class) == 64);
ABI_ASSERT(sizeof(struct nic) == 32);
ABI_ASSERT(sizeof(struct control) == 64 + 64 + 32 * MAX_NICS);
ABI_ASSERT(__builtin_offsetof(struct control, abi_version) == 64);
ABI_ASSERT(__builtin_offsetof(struct control, nics) == 128);
ABI_ASSERT(__builtin_offsetof(struct slot, protocols) == 64);
ABI_ASSERT(__builtin_offsetof(struct slot, ports) == 576);
ABI_ASSERT(__builtin_offsetof(struct slot, port_class) == 576 + 3 * 16384);
ABI_ASSERT(__builtin_offsetof(struct slot, classes) == 576 + 3 * 16384 + 3 * 65536);
ABI_ASSERT(sizeof(struct slot) % 64 == 0);
ABI_ASSERT(__builtin_offsetof(struct cpu_counters, ports) == 512);
ABI_ASSERT(sizeof(struct cpu_counters) == 512 + 2 * 1024 * 1024);

#endif
