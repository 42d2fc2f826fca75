/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine.h"
#include "bpf/learn.h"
#include "bpf/leave.h"
#include "flow_table.h"
#include "prefix_index.h"
#include "tables.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HZ 1000 /* jiffies are milliseconds since the Epoch */

struct engine {
	struct compiled compiled;
	struct tables tables;
	struct prefix_index blocks;
	struct flow_table *flows;
};

/* --- What the programs ask ------------------------------------------------------------------ */

static bool is_on_block_list(const struct tables *tables, __u32 family, __u64 high, __u64 low)
{
	const struct engine *engine = tables->context;

	return prefix_index_holds(&engine->blocks, family, &(struct address6){high, low},
				  tables->now);
}

static struct flow *find(const struct tables *tables, const struct flow_key *key)
{
	struct engine *engine = tables->context;

	return flow_table_find(engine->flows, key);
}

static void enter(const struct tables *tables, const struct flow_key *key, const struct flow *flow)
{
	struct engine *engine = tables->context;

	*flow_table_enter(engine->flows, key) = *flow;
}

/* --- Making it ------------------------------------------------------------------------------ */

static int compile(const struct engine_setup *setup, struct engine *engine, struct error *error)
{
	static const struct moment any = {.wall = 1, .jiffies = HZ, .hz = HZ};
	static const struct deadline_table none;
	char nics[MAX_NICS][IFNAMSIZ] = {""};
	int code;

	strncpy(nics[0], setup->nic, IFNAMSIZ - 1);
	code = verdict_compile(setup->policy, (const char(*)[IFNAMSIZ])nics, &none, &any,
			       &engine->compiled, error);
	verdict_tables(&engine->compiled, 0, &engine->tables);
	engine->tables.context = engine;
	engine->tables.is_blocked = is_on_block_list;
	engine->tables.find_flow = find;
	return code;
}

int engine_make(const struct engine_setup *setup, struct engine **engine, struct error *error)
{
	struct engine *made = calloc(1, sizeof(*made));
	int code = made ? compile(setup, made, error) : -ENOMEM;

	if (code == 0)
		code = prefix_index_make(setup->blocks, &made->blocks);
	if (code == 0) {
		made->flows = flow_table_new(setup->flows_max);
		code = made->flows ? 0 : -ENOMEM;
	}
	if (code) {
		engine_free(made);
		return code == -ENOMEM ? error_set(error, code, "out of memory") : code;
	}
	*engine = made;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	flow_table_free(engine->flows);
	prefix_index_free(&engine->blocks);
	verdict_free(&engine->compiled);
	free(engine);
}

/* --- Judging -------------------------------------------------------------------------------- */

enum reason engine_arrive(struct engine *engine, const struct pkt *pkt, __u64 now)
{
	struct match match;

	engine->tables.now = now;
	return decide(&engine->tables, 0, pkt, &match);
}

/* As portfw_egress() in bpf/egress.bpf.c. */
enum reason engine_leave(struct engine *engine, enum reason parsed, const struct pkt *pkt,
			 __u64 now, bool connected)
{
	departure packet = {
		.tables = &engine->tables,
		.hz = HZ,
		.from_connected_socket = connected,
		.enter = enter,
	};
	enum reason reason;

	engine->tables.now = now;
	reason = leave(&engine->tables, parsed, pkt);
	if (!reason && !parsed)
		learn(&packet, 0, pkt);
	return reason;
}
