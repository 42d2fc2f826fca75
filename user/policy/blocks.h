/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block list as a set: addresses and prefixes, each blocked for ever or until a time. Entries
 * stand for themselves: a prefix neither replaces nor hides the addresses in it. Pure: no I/O, no
 * libbpf, no root.
 *
 * As text, canonical and sorted (IPv4 first, by address, the shorter prefix first), a line each:
 *
 *   block 198.51.100.7
 *   block 2001:db8::/32 until 2030-01-31T15:00:00Z
 */
#ifndef PORTFW_POLICY_BLOCKS_H
#define PORTFW_POLICY_BLOCKS_H

#include "diff.h"
#include "policy.h"

struct block_entry {
	struct prefix prefix; /* family 4 or 6 */
	unsigned order; /* grows as entries are appended; of a parsed one, its line's offset */
	__s64 until;	/* seconds since the Epoch, UTC; 0: for ever */
};

struct block_list {
	struct block_entry *entries;
	size_t count, capacity;
	bool normal;	/* sorted, each prefix once; so are the results of all functions below */
	bool canonical; /* parsed from text that is what block_list_print() makes of it */
};
#define BLOCK_LIST_INIT        \
	{                      \
		.normal = true \
	}

void block_list_free(struct block_list *list);
#define _cleanup_block_list_ __attribute__((cleanup(block_list_free)))

/* Makes room for so many entries. -ENOMEM. */
int block_list_reserve(struct block_list *list, size_t capacity);
/* -ENOMEM: the list is as it was. */
int block_list_append(struct block_list *list, const struct prefix *prefix, __s64 until);
/* Sorts; of entries for the same prefix the one that was appended last stays. */
void block_list_normalise(struct block_list *list);

/* The entry for exactly this prefix; NULL: none. Normal list. */
const struct block_entry *block_list_find(const struct block_list *list,
					  const struct prefix *prefix);
/* The longest shorter prefix on the list that holds all of this one; NULL: none. Normal list. */
const struct block_entry *block_list_holder(const struct block_list *list,
					    const struct prefix *prefix);

/* Puts the entries of `added` in place of or beside those of `list`; takes those of `removed` away,
 * whatever their time. All normal. -ENOMEM: the list is as it was. */
int block_list_merge(struct block_list *list, const struct block_list *added);
void block_list_subtract(struct block_list *list, const struct block_list *removed);
/* What `list` has of the prefixes of `keys`; into *found, which must hold nothing. -ENOMEM. */
int block_list_select(const struct block_list *list, const struct block_list *keys,
		      struct block_list *found);
bool block_list_equal(const struct block_list *a, const struct block_list *b);

/* The changes from one normal list to another, in their order: '+', '-', and '~' where only the
 * time differs. -ENOMEM. */
int block_list_diff(const struct block_list *old, const struct block_list *new, struct diff *diff);

/*
 * Parses the text of a list, as strictly as policy text: see text_parse(). Comments and blank lines
 * are fine. Of lines for the same prefix the last counts. The result is normal.
 * -EINVAL: *diagnostics has at least one error, also one past BLOCKS_MAX entries; -ENOMEM. On
 * error *list is untouched; otherwise it must have held nothing.
 */
int block_list_parse(const char *text, size_t length, struct block_list *list,
		     struct diagnostics *diagnostics);
/* Reads what can be read: lines with errors, and entries past BLOCKS_MAX, are left out. How many
 * errors there were is in *diagnostics, which has the first. -ENOMEM. */
int block_list_parse_tolerant(const char *text, size_t length, struct block_list *list,
			      struct diagnostics *diagnostics);
/* As block_list_parse() for bare addresses, one a line, which all get this `until`. */
int block_list_parse_addresses(const char *text, size_t length, __s64 until,
			       struct block_list *list, struct diagnostics *diagnostics);

/*
 * The same for a list as it is published: one address, prefix or range "a-b" a line, which becomes
 * the fewest prefixes; comments behind ';', '#' or "//", CRLF, a byte order mark, blanks. `csv`: of
 * several columns, by comma, semicolon or tab, the first counts. `skipped` (NULL: lines that are
 * none of this are errors): receives how many were left out.
 */
int block_list_parse_published(const char *text, size_t length, bool csv, size_t *skipped,
			       struct block_list *list, struct diagnostics *diagnostics);

/* The canonical text of a normal list, NUL-terminated, to be freed; NULL: no memory. */
char *block_list_print(const struct block_list *list, size_t *length);
/* The same for few changes to a long list: `text`, which a canonical list was parsed from, becomes
 * that of the list merged with `given`, or with `remove` without it. -ENOMEM: as it was. */
int block_text_edit(const struct block_list *list, const struct block_list *given, bool remove,
		    char **text, size_t *length);
/* One line, without a newline. */
#define BLOCK_LINE_SIZE 96
void block_entry_print(const struct block_entry *entry, char text[BLOCK_LINE_SIZE]);

#endif
