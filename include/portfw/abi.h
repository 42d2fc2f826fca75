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

/* The version at which the layouts below came to be. A build may raise ABI_VERSION alone, to try an
 * upgrade. */
#define ABI_LAYOUT 5
#ifndef ABI_VERSION
#define ABI_VERSION ABI_LAYOUT
#endif

/* Names inside the pin directory. A NIC's XDP link is PIN_XDP_LINK with its index: "xdp-0". bpffs
 * forbids dots in names, so no pin carries the name of a NIC (eth0.100). */
#define PIN_CONTROL "control"
#define PIN_SLOTS "slots"
#define PIN_COUNTERS "counters"
#define PIN_SOURCES4 "sources4"
#define PIN_SOURCES6 "sources6"
#define PIN_CELLS "cells"
#define PIN_BLOCKS "blocks"
#define PIN_BLOCK_PREFIXES4 "block-prefixes4"
#define PIN_BLOCK_PREFIXES6 "block-prefixes6"
#define PIN_FLOWS "flows"
#define PIN_CLOCK "clock"
#define PIN_EXPLAIN "explain"
#define PIN_XDP_LINK "xdp-%u"
#define PIN_EGRESS_LINK "egress-%u"
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

/* The verdict of a reason that decides: of any but REASON_NONE. */
static inline enum verdict reason_verdict(enum reason reason)
{
	return REASONS_THAT_PASS >> reason & 1 ? VERDICT_PASS : VERDICT_DROP;
}

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
#define OUTSIDE_MAX 128 /* interfaces through which packets come from outside */
#define OUTSIDE_ALL 0xffffffff
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
 * Sources: the addresses of one family, cut into intervals that every class treats alike. Interval
 * i begins at starts[i] and ends before starts[i + 1]; the first begins at the lowest address.
 * Addresses are numbers in host byte order. ids[i] says what the intervals have in common: it
 * selects the column of a class (struct class). So one search serves every class, and its cost
 * depends neither on the number of rules nor on that of source sets.
 *
 * Up to SOURCES_SMALL_MAX intervals are in the slot itself; larger tables are maps of their own,
 * made when a policy needs them, with a root that leads to the few intervals near an address.
 */
#define SOURCES_SMALL_MAX 256
#define SOURCES_LARGE_MAX 200064 /* 100,000 prefixes begin and end once each */
#define SOURCES_ROOT4_BITS 16
#define SOURCES_ROOT6_BITS 12

enum sources_kind {
	SOURCES_NONE, /* no rule names a source of this family: the id is 0 */
	SOURCES_SMALL,
	SOURCES_LARGE,
};

struct address6 {
	__u64 high, low;
};

struct sources4_small {
	__u32 count; /* of intervals, 1 to SOURCES_SMALL_MAX */
	__u32 reserved;
	__u32 starts[SOURCES_SMALL_MAX];
	__u32 ids[SOURCES_SMALL_MAX];
};
struct sources6_small {
	__u32 count;
	__u32 reserved;
	struct address6 starts[SOURCES_SMALL_MAX];
	__u32 ids[SOURCES_SMALL_MAX];
};

/* root[n]: the interval that holds the first address whose upper 16 bits are n; the last entry is
 * the last interval. The interval of an address is between root[n] and root[n + 1], inclusive. */
struct sources4_large {
	__u32 root[(1 << SOURCES_ROOT4_BITS) + 1];
	__u32 starts[SOURCES_LARGE_MAX];
	__u32 ids[SOURCES_LARGE_MAX];
};
/* The same for the SOURCES_ROOT6_BITS bits behind the first `skip` bits, which all starts but the
 * first have in common (0 to 52): they equal `common`. An address whose first bits are smaller is
 * in the first interval, one whose are larger in the last. */
struct sources6_large {
	__u64 common; /* right-aligned; 0 where skip is 0 */
	__u32 skip;
	__u32 last; /* number of intervals - 1 */
	__u32 root[(1 << SOURCES_ROOT6_BITS) + 1];
	__u32 reserved;
	struct address6 starts[SOURCES_LARGE_MAX];
	__u32 ids[SOURCES_LARGE_MAX];
};

/*
 * What holds for a packet, by time and NIC. nic_actions has an enum action for each NIC index: NIC
 * n at bits 2n and 2n + 1. Example: allowed on the NICs 0 and 2 only, no rule elsewhere: 0x11.
 * It holds until jiffies64 reaches `until`; then outcome `next` holds. until 0: for ever.
 */
struct outcome {
	__u64 nic_actions;
	__u64 until; /* jiffies */
	__u32 next;  /* index into outcomes, higher than the own one */
	__u32 reserved;
};
#define OUTCOMES_MAX 4096
#define OUTCOME_STEPS_MAX 32 /* outcomes in a row */

/*
 * A behaviour that does not fit in a code: shared by all ports and protocols that behave alike.
 * Where neither source nor time matters, nic_actions is what holds, as in an outcome. Otherwise
 * that is 0, and the outcome is cells[first], or with sources of the packet's family cells[first +
 * id].
 */
struct class
{
	__u64 nic_actions;
	__u32 first;
	__u32 by_source; /* bit 0: IPv4 sources matter, bit 1: IPv6 sources */
};
#define CLASS_BY_SOURCE4 1
#define CLASS_BY_SOURCE6 2

/* Which tables of a slot are maps of their own. */
enum large_table {
	LARGE_SOURCES4,
	LARGE_SOURCES6,
	LARGE_CELLS,
	LARGE_COUNT,
};

/* Cells are indices into outcomes. A slot has the small table; past it, a map of its own. */
#define CELLS_SMALL_MAX 8192
#define CELLS_LARGE_MAX (2u * 1024 * 1024)
struct cells_large {
	__u16 cells[CELLS_LARGE_MAX];
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
	__u8 default_action;	 /* ACTION_ALLOW or ACTION_DENY */
	__u8 sources4, sources6; /* enum sources_kind */
	__u8 large_cells;	 /* cells are in a map of their own */
	__u8 reserved[60];
	__u8 protocols[256];	  /* enum code by IP protocol number; TCP, UDP, SCTP unused */
	__u8 protocol_class[256]; /* index into classes */
	__u8 ports[PORT_TABLE_COUNT][PORT_COUNT / 4];
	__u8 port_class[PORT_TABLE_COUNT][PORT_COUNT]; /* index into classes */
	struct class classes[256];
	struct outcome outcomes[OUTCOMES_MAX];
	__u16 cells[CELLS_SMALL_MAX];
	struct sources4_small small4;
	struct sources6_small small6;
	__u8 reserved2[48];
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
#define CONTROL_FALLBACK(word) ((__u32)(word) >> 2 & (SLOT_COUNT - 1))
#define CONTROL_DEADLINE(word) ((word) >> 16)
#define CONTROL_DEADLINE_MASK ((1ull << 48) - 1)
#define CONTROL_WORD(active) ((__u64)(active))
#define CONTROL_TRIAL(active, fallback, deadline) \
	((__u64)(active) | (__u64)(fallback) << 2 | (__u64)(deadline) << 16)

enum attach_mode {
	ATTACH_AUTO, /* in a policy only: native, else generic */
	ATTACH_NATIVE,
	ATTACH_GENERIC,
	ATTACH_MODE_COUNT,
};

/* How frames of a NIC begin. */
enum link_type {
	LINK_ETHERNET, /* at the Ethernet header */
	LINK_RAW_IP,   /* at the IP header: tun, WireGuard, PPP */
};

/* How the egress program is attached to a NIC. */
enum egress_kind {
	EGRESS_NONE,   /* it is not: flows that leave here are not learnt */
	EGRESS_TCX,    /* by a pinned link, from Linux 6.6 on */
	EGRESS_CLSACT, /* as a filter of the clsact qdisc */
	EGRESS_KIND_COUNT,
};

/* An attached NIC, by its index. For user space only; the pinned link is what holds. */
struct nic {
	__u32 ifindex;	 /* 0: this index is free */
	__u32 mode;	 /* enum attach_mode: native or generic */
	__u32 link_type; /* enum link_type */
	/* Process that is about to attach or detach it; 0: settled, the policy file says so too. */
	__u32 reserver;
	char name[16];			      /* NUL-terminated, as it was at attach */
	__u16 egress;			      /* enum egress_kind */
	__u16 egress_made_qdisc;	      /* the clsact qdisc is ours */
	__u32 egress_handle, egress_priority; /* of the filter; 0 without */
	__u32 egress_program;		      /* its id */
	__u64 build;			      /* object_build() of its programs */
	__u64 reserved;
};

/* Whether a program may still be reading a slot that is not active. */
enum slot_state {
	SLOT_CLEAN,   /* none: free to write */
	SLOT_RETIRED, /* until the next RCU grace period */
};

/*
 * Lockdown: one word switches it, changed by compare-and-swap, since incident commands wait for no
 * lock.
 *   bits 0-2    which set of kept sources holds
 *   bits 3-15   generation: grows with each change, so that no word looks like an earlier one
 *   bits 16-63  low 48 bits of jiffies64 at which it ends; LOCKDOWN_FOREVER: never; 0: it is off
 */
#define KEEP_SETS 8
#define LOCKDOWN_SET(word) ((__u32)(word) & (KEEP_SETS - 1))
#define LOCKDOWN_GENERATION(word) ((__u32)(word) >> 3 & 0x1fff)
#define LOCKDOWN_UNTIL(word) ((word) >> 16)
#define LOCKDOWN_FOREVER ((1ull << 48) - 1)
#define LOCKDOWN_WORD(set, generation, until) \
	((__u64)(until) << 16 | ((generation)&0x1fffull) << 3 | (set))

/* A kept source: the addresses of the family that equal `value` where `mask` has ones; IPv4 in the
 * low halves, with the high ones 0. Host byte order. */
struct keep {
	struct address6 value, mask;
	__u64 family; /* 4 or 6 */
};
#define KEEP_MAX 64

/*
 * Who may write a set of kept sources that the lockdown word does not name: claimed by
 * compare-and-swap.
 *   bits 0-31   process that writes it; KEEP_CLEAN: nobody; KEEP_USED: nobody, but until the next
 *               RCU grace period a program may be reading it
 *   bits 32-63  how often it was claimed
 */
#define KEEP_CLEAN 0
#define KEEP_USED 0xffffffff
#define KEEP_OWNER(claim) ((__u32)(claim))
#define KEEP_CLAIM(owner, times) ((__u64)(times) << 32 | (__u32)(owner))
#define KEEP_TIMES(claim) ((__u32)((claim) >> 32))

/* The one value of the control map. The first cache line is read for every packet, the rest only
 * by commands. */
struct control {
	__u64 word;
	__u32 blocked; /* enum block_kind bits: what the block list has, so that none costs nothing
			*/
	__u32 blocked_times; /* how often a bit was set: both are changed as one */
	__u64 lockdown;	     /* LOCKDOWN_WORD() */
	__u32 reserved4[10];
	__u32 abi_version;
	__u32 cpu_count;		/* entries of the counters map */
	__u32 slot_state[SLOT_COUNT];	/* enum slot_state */
	__u32 text_length[SLOT_COUNT];	/* bytes of the slot's policy text in its own map, PIN_TEXT
					 */
	__u32 slot_version[SLOT_COUNT]; /* grows each time the slot is taken to be written */
	__u32 large_tables[SLOT_COUNT]; /* bit n: the slot has a map for enum large_table n */
	__u32 hz;			/* jiffies in a second */
	__u32 reserved2;
	__u64 now;    /* jiffies64, written by the clock program when it is run */
	__u64 now_ns; /* CLOCK_MONOTONIC at the same moment, whatever time namespace reads it */
	__u64 booted; /* jiffies64 at instance_create(): tells instances apart */
	struct nic nics[MAX_NICS];
	__u64 flows_seeded; /* how many flows were ever seeded */
	__u32 flows_max;    /* entries of the flow table */
	/* What comes in through these interfaces (ifindex; 0 ends the list) comes from outside: the
	 * attached NICs and what is on top of them. Forwarded, it opens no flow. OUTSIDE_ALL in the
	 * first place: through all interfaces, since there are too many. */
	__u32 outside[OUTSIDE_MAX];
	__u32 reserved3;
	/* The network namespace that is guarded: its cookie (Linux 5.14; 0: unknown), and what
	 * /proc/self/ns/net is there. */
	__u64 netns_cookie, netns_device, netns_inode;
	__u64 build; /* object_build() of the programs that no NIC has: clock, explain */
	/* The file that is enforced in place of the policy file, which could not be read at boot;
	 * NUL-terminated. Empty: none is. */
	char stand_in[64];
	/* The lockdown word when the file `lockdown` last said the same as the kernel. Where the
	 * word is another now, a command that switched it has not saved it. */
	__u64 lockdown_saved;
	__u32 blocks_unsaved; /* commands that changed the block list and have not saved it */
	__u32 reserved5;
	/* The sources that lockdown keeps: the lockdown word says which set holds. */
	__u64 keep_claims[KEEP_SETS]; /* KEEP_CLAIM() */
	__u64 keep_count[KEEP_SETS];
	struct keep keep[KEEP_SETS][KEEP_MAX];
	/* 1: a flow with this local port was entered since the instance was made. Most packets of a
	 * flood go to ports that no flow has ever had: they need no search. TCP and UDP. */
	__u8 flow_ports[2][PORT_COUNT];
};

/* --- Block list ------------------------------------------------------------------------------ */

#define BLOCKS_MAX 400000

enum block_kind {
	BLOCK_ADDRESSES = 1, /* single addresses, in the hash */
	BLOCK_PREFIXES4 = 2,
	BLOCK_PREFIXES6 = 4,
};

/* Key of a single address: an IPv4 address is high 0, low 0xffff00000000 + address (as IPv4-mapped
 * IPv6). Host byte order. */
#define BLOCK_KEY4_LOW 0xffff00000000ull
/* Keys of the prefix maps, as the kernel's LPM trie wants them: network byte order. */
struct block_prefix4 {
	__u32 length; /* host byte order, 0 to 32 */
	__u8 address[4];
};
struct block_prefix6 {
	__u32 length;
	__u8 address[16];
};
/* What a blocked address has. `until`: jiffies64 at which the block ends, 0: never. `wall`: the
 * same in seconds since the Epoch as it was said, for the file. */
struct block {
	__u64 until;
	__u64 wall;
	__u32 length; /* of the prefix, 32 or 128 for an address: a trie does not tell */
	__u32 reserved;
};

/* --- Flows ----------------------------------------------------------------------------------- */

/*
 * What this host, or a machine behind it, opened. Written by the egress programs and by commands
 * (seeding), read by the XDP programs before they drop something: nothing that arrives creates or
 * changes an entry. One LRU hash for all NICs: when it is full, the flow whose packets are longest
 * ago gives way to the new one.
 */
#define FLOWS_DEFAULT 262144
#define FLOWS_MIN 16
#define FLOWS_FEW 1024 /* below, an LRU hash that is full may evict what was just entered */
#define FLOWS_LIMIT (16u * 1024 * 1024)

/* Addresses as in the block list: IPv4 as IPv4-mapped IPv6. Ports in host byte order; of an ICMP
 * echo local_port is the identifier and remote_port 0; 0 for protocols without ports. */
struct flow_key {
	struct address6 local, remote;
	__u16 local_port, remote_port;
	__u8 protocol;
	__u8 reserved[3];
};

enum flow_state {
	FLOW_OPENING, /* TCP: SYN, SCTP: INIT sent */
	FLOW_OPEN,    /* TCP, SCTP: established; other protocols: always */
	FLOW_CLOSING, /* TCP: own FIN or RST, SCTP: own SHUTDOWN or ABORT sent */
	FLOW_STATE_COUNT,
};

enum flow_origin {
	FLOW_SEEN,   /* its packets went out through an attached NIC */
	FLOW_SEEDED, /* it was there at attach, or before a change */
	FLOW_ORIGIN_COUNT,
};

struct flow {
	__u64 until;	 /* jiffies64: from then on it is over */
	__u64 refreshed; /* jiffies64 of the last outgoing packet that was noted */
	__u64 created;	 /* jiffies64 */
	__u8 state;	 /* enum flow_state */
	__u8 origin;	 /* enum flow_origin */
	/* Replies pass also where a rule denies, not only where the default does: this host opened
	 * it for sure (it sent a SYN, an echo request, or has a connected UDP socket). */
	__u8 beats_deny;
	__u8 reserved[5];
};

/* Seconds that a flow is kept after its last outgoing packet. UDP: RFC 4787, section 4.3, at least
 * 120. */
#define FLOW_OPENING_SECONDS 60
#define FLOW_OPEN_SECONDS (5 * 24 * 3600)
#define FLOW_CLOSING_SECONDS 60
#define FLOW_DATAGRAM_SECONDS 180 /* UDP and protocols without connections */
#define FLOW_ECHO_SECONDS 60
#define FLOW_REFRESH_SECONDS 30 /* an entry is written at most so often */

/* --- Explaining --------------------------------------------------------------------------- */

/* What the explain program is handed before a frame. It answers with an enum reason, or with
 * EXPLAIN_FAILED where the request is broken. */
struct explain_request {
	__u32 nic;  /* index of the NIC on which the frame arrives */
	__u32 link; /* enum link_type of the frame */
	__u32 slot; /* that judges, or EXPLAIN_IN_FORCE */
	__u32 reserved;
};
#define EXPLAIN_IN_FORCE 0xffffffff
#define EXPLAIN_FAILED 0xff

/* --- Counters ------------------------------------------------------------------------------- */

struct counter {
	__u64 packets;
	__u64 bytes; /* of whole frames, link-layer header included */
};

/*
 * Counters of one CPU, by CPU number in an array map: a plain array because programs reach it
 * without a helper call and user space reads it through one mmap. Only the CPU itself writes.
 *
 * ports: packets by destination port and verdict, whatever decided; TCP and UDP (PORT_TABLE_TCP and
 * PORT_TABLE_UDP). Malformed packets and later fragments have no port.
 * protocols: by IP protocol number and verdict, those that are counted at no port.
 */
struct cpu_counters {
	struct counter reasons[32];  /* by enum reason */
	struct counter outgoing[32]; /* the same of what the egress programs dropped */
	__u64 flows_learnt;	     /* entries that the egress programs made */
	__u64 flows_failed;	     /* flows that could not be entered */
	__u64 reserved[6];
	__u64 protocols[256][VERDICT_COUNT];
	__u64 ports[2][PORT_COUNT][VERDICT_COUNT];
};

/* --- What both sides rely on ---------------------------------------------------------------- */

#define ABI_ASSERT(condition) _Static_assert(condition, #condition)
ABI_ASSERT((int)CODE_DENY == (int)ACTION_DENY);
ABI_ASSERT(REASON_COUNT <= 32);
ABI_ASSERT(sizeof(struct class) == 16);
ABI_ASSERT(sizeof(struct outcome) == 24);
/* What older kernels can allocate for one value. */
ABI_ASSERT(sizeof(struct sources4_large) <= 4u << 20);
ABI_ASSERT(sizeof(struct sources6_large) <= 4u << 20);
ABI_ASSERT(sizeof(struct cells_large) <= 4u << 20);
ABI_ASSERT(sizeof(struct nic) == 64);
ABI_ASSERT(sizeof(struct control) == 64 + 104 + 64 * MAX_NICS + 16 + 4 * OUTSIDE_MAX + 48 + 64 +
					     KEEP_SETS * (16 + 40 * KEEP_MAX) + 2 * PORT_COUNT);
ABI_ASSERT(__builtin_offsetof(struct control, abi_version) == 64);
ABI_ASSERT(__builtin_offsetof(struct control, nics) == 168);
ABI_ASSERT(__builtin_offsetof(struct control, now) == 144);
ABI_ASSERT(sizeof(struct block) == 24);
ABI_ASSERT(__builtin_offsetof(struct slot, protocols) == 64);
ABI_ASSERT(__builtin_offsetof(struct slot, ports) == 576);
ABI_ASSERT(__builtin_offsetof(struct slot, port_class) == 576 + 3 * 16384);
ABI_ASSERT(__builtin_offsetof(struct slot, classes) == 576 + 3 * 16384 + 3 * 65536);
ABI_ASSERT(sizeof(struct slot) % 64 == 0);
ABI_ASSERT(sizeof(struct explain_request) == 16);
ABI_ASSERT(sizeof(struct flow_key) == 40);
ABI_ASSERT(sizeof(struct flow) == 32);
ABI_ASSERT(__builtin_offsetof(struct cpu_counters, ports) == 1088 + 4096);
ABI_ASSERT(sizeof(struct cpu_counters) == 1088 + 4096 + 2 * 1024 * 1024);

#endif
