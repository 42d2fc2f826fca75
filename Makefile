# SPDX-License-Identifier: GPL-2.0-only
# portfw: `make` builds build/portfw, `sudo make demo` shows it, `sudo make test` tests it.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC ?= gcc
CLANG ?= clang
# Ubuntu up to 24.04 has only a wrapper in the path, which wants the tool of the running kernel.
BPFTOOL ?= $(lastword bpftool $(wildcard /usr/lib/linux-tools/*/bpftool))
export PATH := $(PATH):/usr/sbin:/sbin

B := build
# `make check` sets WERROR; a plain build carries on behind a compiler's false alarm.
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	$(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
USER_FLAGS := -std=gnu11 -D_GNU_SOURCE -DPORTFW_VERSION='"$(VERSION)"' $(WARNINGS) \
	-Iinclude -Iuser -I. -I$(B)/include -MMD -MP
# Before CFLAGS and LDFLAGS, which can take it back. FORTIFY wants a compiler that optimises; who
# names it in CFLAGS knows which.
OPTIMISED = $(filter-out -O0,$(lastword $(filter -O%,$(CFLAGS))))
HARDENED_CC = -fPIE -fstack-protector-strong $(if $(findstring _FORTIFY_SOURCE,$(CFLAGS)),,\
	$(if $(OPTIMISED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDENED_LD = $(if $(filter -static,$(CFLAGS) $(LDFLAGS)),,-pie) -Wl,-z,relro,-z,now
BPF_FLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra $(if $(WERROR),-Werror) -Ivmlinux \
	-Iinclude -Ibpf -MMD -MP
# Of a build that stands for a later version, to try an upgrade: ABI=6.
ABI ?=
USER_FLAGS += $(addprefix -DABI_VERSION=,$(ABI))
BPF_FLAGS += $(addprefix -DABI_VERSION=,$(ABI))
SANITIZE := -fsanitize=address,undefined -fno-sanitize=alignment -fno-sanitize-recover=all

# V=1 shows the commands, -s nothing, otherwise a line tells of each: $(call says,CC,user/main.c)
SILENT := $(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS))))
says = $(if $(SILENT)$(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)';)

# A static library where there is one: loading shared ones costs each command time.
library = $(if $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)),-l:lib$(1).a,-l$(1))
# What libelf's needs beside zlib differs, and is not always to be had: $(B)/libelf is what links.
LIBRARIES = $(call library,bpf) $$(cat $(B)/libelf) $(call library,z) $(call library,jansson) \
	$(call library,mnl) -ldl

SOURCES := $(wildcard user/*/*.c) user/main.c
# What unit tests and fuzzers are built from: it asks neither libbpf nor the kernel, as judge.c does.
PURE := $(wildcard user/base/*.c user/net/*.c user/policy/*.c user/replay/*.c user/state/file*.c) \
	$(filter-out user/verdict/judge.c,$(wildcard user/verdict/*.c))
# What tests of the programs in the kernel are built from.
KERNEL := $(wildcard user/base/*.c user/net/*.c user/policy/*.c user/kernel/*.c user/host/*.c \
	user/verdict/*.c)
objects = $(patsubst %.c,$(B)/%.o,$(1))
sanitized = $(patsubst %.c,$(B)/sanitized/%.o,$(1))

# tests/GROUP/test_*.c are programs; other files of the group are linked into each of them.
test_programs = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/$(1)/test_*.c))
test_helpers = $(filter-out $(wildcard tests/$(1)/test_*.c),$(wildcard tests/$(1)/*.c))
TESTS := $(foreach group,unit packet kernel e2e,$(call test_programs,$(group))) tests/readme/readme.sh \
	tests/readme/documents.sh tests/readme/examples.sh tests/readme/json.sh $(wildcard tests/tools/*.sh)

.PHONY: all tests demo test check floors bench fuzz fmt install uninstall deps clean
# Only for other targets.
.PHONY : always checked
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/portfw
	@$(if $(SILENT),:,echo 'built: $<')

# Changes when the flags do, and then all is built anew.
$(B)/flags: export FLAGS = $(CC) $(HARDENED_CC) $(CFLAGS) $(USER_FLAGS) $(HARDENED_LD) $(LDFLAGS), $(CLANG) $(BPF_FLAGS)
$(B)/flags: always
	@mkdir -p $(@D)
	@printenv FLAGS | cmp -s - $@ || printenv FLAGS >$@

$(B)/libelf: $(B)/flags
	@printf '#include <libelf.h>\nint main(void)\n{ return !elf_begin(-1, ELF_C_READ, 0); }\n' >$@.c
	@if $(CC) $(HARDENED_CC) $(CFLAGS) $(HARDENED_LD) $(LDFLAGS) -o $@.probe $@.c $(call library,elf) $(call library,z) \
		2>$@.log; then echo $(call library,elf); else echo -lelf; fi >$@
	@$(if $(SILENT),:,printf '  %-5s libelf: %s\n' PROBE "$$(cat $@)")

# $(call link,FLAGS,LIBRARIES): the objects that are prerequisites.
link = $(call says,LINK,$@)$(CC) $(1) -o $@ $(filter %.o,$^) $(2)

$(B)/portfw: $(call objects,$(SOURCES)) $(B)/libelf
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),$(LIBRARIES))

$(B)/%.o: %.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,CC,$<)$(CC) $(HARDENED_CC) $(CFLAGS) $(USER_FLAGS) -c -o $@ $<

# The same program with points where a test can kill it: user/base/fault.h.
$(B)/fault/portfw: $(patsubst %.c,$(B)/fault/%.o,$(SOURCES)) $(B)/libelf
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),$(LIBRARIES))

$(B)/fault/%.o: %.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,CC,$@)$(CC) $(HARDENED_CC) $(CFLAGS) $(USER_FLAGS) -DPORTFW_FAULTS -c -o $@ $<

# Two that take its place, with points of failure too: one of a later ABI version, and one of the
# same with other programs.
$(B)/newer/fault/portfw: $(SOURCES) $(wildcard user/*/*.h bpf/* include/portfw/*.h) Makefile \
		$(B)/flags
	@$(MAKE) --no-print-directory B=$(B)/newer ABI=1000 $@

$(B)/variant/portfw: $(patsubst %.c,$(B)/fault/%.o,$(filter-out %/object.c,$(SOURCES))) \
		$(B)/variant/object.o $(B)/libelf
	$(call link,$(CFLAGS) $(LDFLAGS),$(LIBRARIES))

$(B)/variant/object.o: user/kernel/object.c $(patsubst %,$(B)/variant/include/%.skel.h,portfw \
		egress explain) Makefile $(B)/flags
	$(call says,CC,$@)$(CC) $(CFLAGS) -I$(B)/variant/include $(USER_FLAGS) -DPORTFW_FAULTS -c \
		-o $@ $<

$(B)/variant/include/%.skel.h: $(B)/variant/%.bpf.o
	@mkdir -p $(@D)
	$(call says,SKEL,$@)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

$(B)/variant/%.bpf.o: bpf/%.bpf.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,BPF,$@)$(CLANG) $(BPF_FLAGS) -O3 -c -o $@ $<

$(B)/sanitized/%.o: %.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,CC,$@)$(CC) -O1 -g $(SANITIZE) $(USER_FLAGS) -c -o $@ $<

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,BPF,$<)$(CLANG) $(BPF_FLAGS) -c -o $@ $<

$(B)/include/%.skel.h: $(B)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(call says,SKEL,$@)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

$(B)/user/kernel/object.o $(B)/fault/user/kernel/object.o: | $(B)/include/portfw.skel.h \
		$(B)/include/egress.skel.h $(B)/include/explain.skel.h
$(B)/tests/bench/program_cost.o: | $(B)/include/empty.skel.h

# --- Tests ---------------------------------------------------------------------------------------

tests: $(B)/portfw $(TESTS) $(B)/fault/portfw $(B)/tests/e2e/clock.so $(B)/newer/fault/portfw \
		$(B)/variant/portfw

$(B)/tests/unit/test_%: $(B)/sanitized/tests/unit/test_%.o \
		$(call sanitized,$(PURE) $(call test_helpers,unit))
	@mkdir -p $(@D)
	$(call link,$(SANITIZE),-lcmocka -lz -ldl)

$(B)/tests/packet/test_%: $(B)/tests/packet/test_%.o \
		$(call objects,$(KERNEL) $(call test_helpers,packet)) $(B)/libelf
	@mkdir -p $(@D)
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),-lcmocka $(LIBRARIES))

$(B)/tests/kernel/test_%: $(B)/tests/kernel/test_%.o \
		$(call objects,$(KERNEL) $(call test_helpers,kernel)) $(B)/libelf
	@mkdir -p $(@D)
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),-lcmocka $(LIBRARIES))

$(B)/tests/e2e/test_%: $(B)/tests/e2e/test_%.o $(call objects,$(call test_helpers,e2e)) \
		$(B)/libelf
	@mkdir -p $(@D)
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),-lcmocka $(LIBRARIES))

# A wall clock that is wrong, for commands under test.
$(B)/tests/e2e/clock.so: tests/e2e/preload/clock.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,CC,$<)$(CC) $(CFLAGS) $(WARNINGS) -D_GNU_SOURCE -shared -fPIC -o $@ $<

test: deps
	@$(MAKE) --no-print-directory tests
	@tests/run.sh $(TESTS)

demo: deps
	@$(MAKE) --no-print-directory all
	@dist/demo.sh $(B)/portfw

bench: deps
	@$(MAKE) --no-print-directory all $(B)/tests/bench/bench
	@tests/bench/bench.sh $(B)

$(B)/tests/bench/bench: $(call objects,$(filter-out %.bpf.c,$(wildcard tests/bench/*.c)) \
		$(addprefix tests/packet/,builder.c judging.c program.c) $(KERNEL)) $(B)/libelf
	@mkdir -p $(@D)
	$(call link,$(CFLAGS) $(HARDENED_LD) $(LDFLAGS),$(LIBRARIES))

$(B)/bpf/empty.bpf.o: tests/bench/empty.bpf.c Makefile $(B)/flags
	@mkdir -p $(@D)
	$(call says,BPF,$<)$(CLANG) $(BPF_FLAGS) -c -o $@ $<

# make fuzz SECONDS=60: each fuzzer for so long.
SECONDS ?= 30
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
fuzz: deps
	@$(MAKE) --no-print-directory $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
		mkdir -p $(B)/corpus/$${fuzzer##*/}; \
		$$fuzzer -max_total_time=$(SECONDS) -print_final_stats=1 -artifact_prefix=$(B)/fuzz/ \
			$(B)/corpus/$${fuzzer##*/} || exit 1; \
	done

# The native build in fuzz_parse has its kept sources from the kernel side, which waits for nobody
# there.
FUZZED := $(PURE) user/kernel/lockdown.c user/kernel/grace.c
$(B)/fuzz/%: tests/fuzz/%.c $(FUZZED) $(wildcard bpf/*.h user/*/*.h \
		include/portfw/*.h tests/packet/model* tests/packet/native.* \
		tests/packet/judging.* tests/packet/*.h) $(B)/libelf
	@mkdir -p $(@D)
	$(call says,FUZZ,$<)$(CLANG) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize=alignment -std=gnu11 -D_GNU_SOURCE -Iinclude -Iuser -Ibpf -I. \
		-o $@ $< $(FUZZED) $(LIBRARIES)

# --- Care ----------------------------------------------------------------------------------------

C_FILES = $(shell find bpf include user tests -name '*.[ch]')
SHELL_FILES = .ci/run $(shell find dist tests -name '*.sh')

# Built anew with -Werror, elsewhere: objects that are there already have passed without.
check: deps
	@$(MAKE) --no-print-directory B=$(B)/check WERROR=1 checked

TEST_SOURCES = $(filter-out tests/fuzz/% %.bpf.c,$(wildcard tests/*/*.c tests/*/*/*.c))
checked: $(B)/portfw $(call objects,$(TEST_SOURCES))
	@tests/check.sh $(B) '$(filter-out -MMD -MP -DPORTFW_VERSION=%,$(USER_FLAGS))' \
		'$(filter-out -MMD -MP,$(BPF_FLAGS))' $(C_FILES) -- $(SHELL_FILES)

# Of check only who includes whom.
floors:
	@tests/floors.sh

CLANG_FORMAT = $(firstword $(shell command -v clang-format-14) clang-format)
fmt:
	$(CLANG_FORMAT) -i $(C_FILES)

deps:
	@dist/deps.sh

# A unit's path in quotes where it has blanks, and % doubled.
UNIT_PATH = $(subst %,%%,$(if $(word 2,$(PREFIX)),"$(PREFIX)/sbin/portfw",$(PREFIX)/sbin/portfw))
install: $(B)/portfw
	install -D -m 0755 $(B)/portfw "$(DESTDIR)$(PREFIX)/sbin/portfw"
	install -D -m 0644 dist/portfw.8 "$(DESTDIR)$(PREFIX)/share/man/man8/portfw.8"
	install -d "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	sed 's|@PORTFW@|$(UNIT_PATH)|' dist/portfw.service.in \
		>"$(DESTDIR)$(PREFIX)/lib/systemd/system/portfw.service"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/sbin/portfw" "$(DESTDIR)$(PREFIX)/share/man/man8/portfw.8" \
		"$(DESTDIR)$(PREFIX)/lib/systemd/system/portfw.service"

clean:
	rm -rf $(B)

-include $(shell find $(B) -path $(B)/check -prune -o -name '*.d' -print 2>/dev/null)
