# SPDX-License-Identifier: BSD-2-Clause
#
# `make help` lists the targets.  V=1 shows commands; SANITIZE=1 builds with ASan and UBSan in a
# directory of its own; B=FOLDER builds there.
#
# One Makefile, no recursion into folders.  Objects mirror the source tree under $(B).
# Header dependencies come from the compiler (-MMD -MP), never from a list.

CC      ?= cc
CLANG   ?= clang
PROTOC_C ?= protoc-c
BPFTOOL ?= $(or $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool),bpftool)
PREFIX  ?= /usr/local
PROVE   ?= prove
B       ?= build$(if $(SANITIZE),-san)

# make takes a space for the end of a name: a B that has one is reached by a link that has none.
ifneq ($(words $(B)),1)
override B := $(shell link=.build-$$(echo '$(B)' | cksum | cut -d ' ' -f 1) && mkdir -p '$(B)' && \
                ln -sfn "$$(realpath '$(B)')" "$$link" && echo "$$link")
endif

CFLAGS ?= -O2 -g
WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
          -Wformat=2 -Wundef -Wno-unused-parameter
ifdef SANITIZE
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
# A program without shared libraries asks no debuginfod: libdebuginfod is one.
ifdef STATIC
override LDFLAGS  += -static
override CPPFLAGS += -DWICK_STATIC
endif
VERSION := $(shell sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)

# -I. is the only project include path: every include names its folder.
USER_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DWICK_VERSION='"$(VERSION)"' \
               -I. -I$(B) $(WARN) $(SAN) -MMD -MP $(CPPFLAGS) $(CFLAGS)
# The BPF target has no asm/types.h of its own; the host's, whose folder no compiler's option
# tells on every distribution, will do.
ASM_TYPES   := $(firstword $(wildcard /usr/include/asm/types.h \
                 /usr/include/$(shell uname -m)-linux-gnu/asm/types.h))
BPF_CFLAGS  := --target=bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -I. \
               $(if $(ASM_TYPES),-idirafter $(ASM_TYPES:/asm/types.h=)) -MMD -MP
# Calls are bound at the start: bound late, each process has all tables of symbols in memory.
BIND        := -Wl,-z,now
LDLIBS      := -lbpf -lelf -lz -lzstd -llzma -lprotobuf-c -liberty -lm -lpthread

Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' $(1) $(patsubst $(B)/%,%,$@);)

# The sources of an island and of its rooms.
sources    = $(wildcard $(1)/*.c $(1)/*/*.c)
objs       = $(patsubst %.c,$(B)/%.o,$(call sources,$(1)))
SYMBOLIZE  := $(call objs,symbolize)
FLAMEGRAPH := $(call objs,flamegraph) $(B)/flamegraph/pprof/pprof.pb-c.o
PROFILER   := $(filter-out $(B)/profiler/main.o,$(call objs,profiler))
SKELS      := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.skel.h,$(wildcard bpf/*.bpf.c))
UNIT       := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))
WORKLOADS  := $(patsubst %.c,$(B)/%,$(filter-out tests/workloads/lib%,$(wildcard tests/workloads/*.c))) \
              $(addprefix $(B)/tests/workloads/,libpluga.so libplugb.so) \
              $(addprefix $(B)/tests/workloads/nofp/,calltree children deep)
LIBS       := $(B)/libprofiler.a $(B)/libsymbolize.a $(B)/libflamegraph.a

all: $(B)/wick	## build/wick

# What the build lacks is said in one line, before a compiler says it in many.
DEPS = CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' PROTOC_C='$(PROTOC_C)' \
       CPPFLAGS='$(CPPFLAGS)' .ci/deps
LACKS_NOTHING := $(B)/lacks-nothing
$(LACKS_NOTHING):
	$(Q)$(DEPS) check && mkdir -p $(@D) && touch $@

$(B)/wick: $(B)/profiler/main.o $(LIBS)
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(BIND) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libsymbolize.a: $(SYMBOLIZE)
$(B)/libflamegraph.a: $(FLAMEGRAPH)
$(B)/libprofiler.a: $(PROFILER)
$(B)/lib%.a:
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c | $(LACKS_NOTHING)
	$(call say,CC)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -c -o $@ $<

$(PROFILER): | $(SKELS)		# first build: generate before compiling
# Its assembler reads the files, which neither the compiler's list of dependencies nor LTO sees.
$(B)/flamegraph/assets.o: $(wildcard flamegraph/viewer/*)
$(B)/flamegraph/assets.o: USER_CFLAGS += -fno-lto

$(B)/flamegraph/%.pb-c.c: flamegraph/%.proto | $(LACKS_NOTHING)
	$(call say,PROTO)mkdir -p $(@D) && $(PROTOC_C) -I$(<D) --c_out=$(@D) $<

$(B)/%.o: $(B)/%.c		# generated
	$(call say,CC)$(CC) $(USER_CFLAGS) -c -o $@ $<

$(FLAMEGRAPH): | $(B)/flamegraph/pprof/pprof.pb-c.c

$(B)/bpf/%.bpf.o: bpf/%.bpf.c | $(LACKS_NOTHING)
	$(call say,BPF)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/bpf/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# cmocka 2 deprecates names for others that cmocka 1 does not have.
$(B)/tests/unit/%.o: WARN += -Wno-deprecated-declarations

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(LIBS)
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(BIND) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS) -lcmocka

# Unit tests in which an allocation fails: tests/unit/failing_alloc.h.
WITHOUT_MEMORY := $(addprefix $(B)/tests/unit/,test_id_map test_tracked)
$(WITHOUT_MEMORY): WRAPPED := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray

# Programs with a known profile.  Their frames are what the tests look for: frame
# pointers everywhere, and no sanitizer.
WORKLOAD_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. $(WARN) -O2 -g -MMD -MP -fno-omit-frame-pointer \
                   -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls

$(B)/tests/workloads/lib%.so: tests/workloads/lib%.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(WORKLOAD_CFLAGS) -fPIC -shared -Wl,-soname,$(@F) -o $@ $<

# The same as a distribution builds it.
NOFP := $(B)/tests/workloads/nofp
$(NOFP)/%: tests/workloads/%.c tests/workloads/libinner.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(WORKLOAD_CFLAGS) -fomit-frame-pointer -momit-leaf-frame-pointer \
		-DWITHOUT_FRAME_POINTERS -pthread -o $@ $(filter %.c,$^)

$(B)/tests/workloads/%: tests/workloads/%.c $(B)/tests/workloads/libinner.so
	$(call say,LINK)$(CC) $(WORKLOAD_CFLAGS) -pthread -Wl,--as-needed,-rpath,'$$ORIGIN' -o $@ $< $(filter %.so,$^)

# Installs nothing: what is missing is said, and what that leaves out.  A fresh machine has only
# make: `make deps check` looks for what the rules need once it is there.
# All CPUs build; the tests, which measure time, then run one by one.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
check: $(LACKS_NOTHING)	## all tests; those that sample need root
	$(Q)$(DEPS) list
	$(Q)parts="$$($(DEPS) parts)"; \
		$(MAKE) --no-print-directory $(JOBS) $(B)/wick $$(echo $$parts | sed 's/check-/programs-/g') && \
		$(MAKE) --no-print-directory -j1 check-layers check-headers $$parts check-browser

deps:	## install what the build and the tests need
	$(Q)$(DEPS) test

ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(LACKS_NOTHING): | deps
endif

# The README's commands on fresh Debian releases, made by debootstrap; as root.
RELEASE ?=
check-fresh:	## the README's commands on fresh Debian releases; RELEASE=trixie is one of them
	$(Q)B='$(abspath $(B))' tests/fresh/run.sh $(RELEASE)

# The whole machine while the bundled programs keep it busy.
DEMO := for program in "calltree 5 2" "names 5" "faults 5" "children 150 10"; do \
	$(B)/tests/workloads/$$program >/dev/null & done; wait

demo:	## install what the build needs, build, profile this machine: build/demo.svg
	$(Q)$(DEPS) build
	$(Q)$(MAKE) -s $(JOBS) $(B)/wick $(WORKLOADS)
	$(Q)$(SUDO) $(B)/wick record -a -F 499 -o $(B)/demo.svg -- sh -c '$(DEMO)'
	@echo "The picture is $(abspath $(B))/demo.svg: open it in a browser."

# Empty for root.
SUDO ?= $(shell test "$$(id -u)" = 0 || echo sudo)

# Debian has another one for what is not zsh's own.
ZSH_DIR ?= share/zsh/site-functions

help:	## this list
	@sed -n 's/^\([a-z][a-z-]*\)\( [a-z-]*\)\{0,1\}:.*\t## /\1\t/p' Makefile | sort | \
		awk -F '\t' '{ printf "make %-17s%s\n", $$1, $$2 }'

# For editors and clang-tidy: how each C file is compiled.
compile_commands.json:
	$(Q)$(MAKE) -Bn all $(UNIT) V=1 | awk -v folder='$(CURDIR)' ' \
		/ -c -o [^ ]* [^ ]*\.c$$/ && !/--target=bpf/ { \
			sub(/^.*&& /, ""); file = $$NF; gsub(/[\\"]/, "\\\\&"); \
			printf "%s{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}", \
				(cnt++ ? ",\n" : "[\n"), folder, file, $$0 } \
		END { print "\n]" }' >$@
.PHONY: compile_commands.json

# What is installed, as FROM:TO below PREFIX.
INSTALLED := $(B)/wick:bin/wick profiler/wick.1:share/man/man1/wick.1 \
             profiler/wick.bash:share/bash-completion/completions/wick \
             profiler/wick.zsh:$(ZSH_DIR)/_wick \
             profiler/wick.fish:share/fish/vendor_completions.d/wick.fish
install: $(B)/wick	## PREFIX, DESTDIR; uninstall takes it away again
	$(Q)for file in $(INSTALLED); do \
		mode=644; case $$file in *:bin/*) mode=755 ;; esac; \
		install -D -m $$mode "$${file%%:*}" "$(DESTDIR)$(PREFIX)/$${file##*:}" || exit 1; done

uninstall:
	$(Q)for file in $(INSTALLED); do rm -f "$(DESTDIR)$(PREFIX)/$${file##*:}"; done

# Packages, by the recipes in .packaging/: each is left in $(B)/packages.
PACKAGES := $(B)/packages
TARBALL  := $(PACKAGES)/wick-$(VERSION).tar.xz

# What git has of the tree as it was committed last.
dist:	## a tarball of the last commit
	$(Q)mkdir -p $(PACKAGES)
	$(Q)git archive --prefix=wick-$(VERSION)/ HEAD | xz -T1 >$(TARBALL)
	@echo $(TARBALL)

deb rpm: dist	## a package of Debian; rpm: one of Fedora
	$(Q)rm -f $(PACKAGES)/*.$@
	$(Q)SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) .packaging/build $@ $(TARBALL) $(VERSION) $(PACKAGES)
	@ls $(PACKAGES)/*.$@

# One file, for any x86-64 Linux.
static:	## one file for any x86-64 Linux
	$(Q)mkdir -p $(PACKAGES)
	$(Q)$(MAKE) --no-print-directory B=$(B)/static STATIC=1 $(B)/static/wick
	$(Q)strip -o $(PACKAGES)/wick-static $(B)/static/wick
	@echo $(PACKAGES)/wick-static

# The packages where their users install them; as root.
$(PACKAGES)/calltree: tests/workloads/calltree.c tests/workloads/libinner.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(WORKLOAD_CFLAGS) -fomit-frame-pointer -momit-leaf-frame-pointer \
		-DWITHOUT_FRAME_POINTERS -pthread -static -o $@ $^

check-packages: deb rpm static $(PACKAGES)/calltree	## the packages where their users install them
	$(Q)B='$(abspath $(B))' $(PROVE) -e bash tests/packages/run.sh

check-builds:	## compilers, flags, folders with a space, a tarball without git
	$(Q)$(PROVE) -e sh tests/builds.sh

# Not one of the tests: the figures belong to the machine and to what else it does.
# PARTS="launch cost" runs these alone; FG=flamegraph.pl draws with it too; BASE=another/wick has
# launch and cost compare with that build, which wick's figures may exceed by a tenth.
bench:	## the measured claims of the README; PARTS="launch cost" are some of them
	$(Q)$(DEPS) bench
	$(Q)$(MAKE) -s $(B)/wick $(WORKLOADS) $(addprefix $(B)/tests/bench/,measure stackid2 stackid2.bpf.o)
	$(Q)B='$(abspath $(B))' PARTS="$(PARTS)" FG="$(FG)" BASE="$(BASE)" sh tests/bench/bench.sh $(ROUNDS)

$(B)/tests/bench/%.bpf.o: tests/bench/%.bpf.c
	$(call say,BPF)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/tests/bench/%: $(B)/tests/bench/%.o
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $< -lbpf

# One program in every shape that linker and strip give it; see tests/fixtures/shapes.c.
SHAPE  := $(B)/tests/fixtures/shapes
SHAPES := $(addprefix $(SHAPE).,pie nopie static static-pie debuglink build-id stripped)
$(SHAPE).pie:        LINKED := -fPIE -pie -Wl,--build-id=none
$(SHAPE).nopie:      LINKED := -fno-pie -no-pie -Wl,--build-id=0xfedcba9876543210
$(SHAPE).static:     LINKED := -fno-pie -static
$(SHAPE).static-pie: LINKED := -fPIE -static-pie
$(SHAPE).id:         LINKED := -fPIE -pie -Wl,--build-id=0x0123456789abcdef
$(SHAPE).%: tests/fixtures/shapes.c
	$(call say,CC)mkdir -p $(@D) && $(CC) -O2 -g $(LINKED) -o $@ $<

$(SHAPE).debuglink: $(SHAPE).pie	# no build-id: found by name, verified by CRC
	$(call say,STRIP)mkdir -p $(@D)/.debug && objcopy --only-keep-debug $< $(@D)/.debug/shapes.debug && \
		objcopy --strip-all --add-gnu-debuglink=$(@D)/.debug/shapes.debug $< $@
$(SHAPE).build-id: $(SHAPE).id		# found by build-id, if $(@D)/debug is the debug root
	$(call say,STRIP)mkdir -p $(@D)/debug/.build-id/01 && objcopy --strip-all $< $@ && \
		objcopy --only-keep-debug $< $(@D)/debug/.build-id/01/23456789abcdef.debug
$(SHAPE).stripped: $(SHAPE).pie
	$(call say,STRIP)objcopy --strip-all $< $@

# What looks like CPython of each kind; see tests/fixtures/python.c.
PYTHON  := $(B)/tests/fixtures/python
PYTHON_FILES := $(addsuffix .so,$(addprefix $(PYTHON)-,2.7 3.6 3.9 3.10 3.11 3.13 3.99 hidden))
$(PYTHON)-2.7.so:    IS := -DMINOR=7 -DWITHOUT_RUNTIME -DTEXT='"/lib/python2.7"'
$(PYTHON)-3.6.so:    IS := -DMINOR=6 -DWITHOUT_RUNTIME -DTEXT='".cpython-36m.so"'
$(PYTHON)-3.9.so:    IS := -DMINOR=9 -DTEXT='".cpython-39-x86_64-linux-gnu.so"'
$(PYTHON)-3.10.so:   IS := -DMINOR=10 -DTEXT='"cpython-310"'
$(PYTHON)-3.11.so:   IS := -DMINOR=11 -DTEXT='"/usr/lib/python2.5"'
$(PYTHON)-3.13.so:   IS := -DMINOR=13 -DTEXT='"cpython-3"'
$(PYTHON)-3.99.so:   IS := -DMINOR=99 -DTEXT='""'
$(PYTHON)-hidden.so: IS := -DMINOR=12 -DHIDDEN -DTEXT='"cpython-312"'
$(PYTHON)-%.so: tests/fixtures/python.c
	$(call say,CC)mkdir -p $(@D) && $(CC) -O2 -fPIC -shared -s -Wl,--hash-style=gnu $(IS) -o $@ $<

# A library of the name that fetch.c loads; it asks no server.
DEBUGINFOD := $(B)/tests/fixtures/libdebuginfod.so.1
$(DEBUGINFOD): tests/fixtures/debuginfod.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) -std=gnu11 $(WARN) -O2 -fPIC -shared -o $@ $<

programs-unit: $(UNIT) $(SHAPES) $(PYTHON_FILES) $(DEBUGINFOD)
check-unit: programs-unit	## the tests that need no root
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP B='$(abspath $(B))' $(PROVE) -e 'sh tests/unit/tap.sh' $(UNIT)

bless: $(UNIT) $(SHAPES) $(PYTHON_FILES) $(DEBUGINFOD)	## write tests/golden anew
	$(Q)BLESS=1 B='$(abspath $(B))' $(PROVE) -e 'sh tests/unit/tap.sh' $(UNIT)

# What the unit tests run of each room, without root: at least 80 % of those of profiler/ (but
# source/ and guard/), or it fails.  tests/coverage.sh -l ROOM shows the lines that are left.
COVERED := $(B)-cov
coverage:	## the lines of each room that the unit tests run
	$(Q)if test -d '$(COVERED)'; then find '$(COVERED)' -name '*.gcda' -delete; fi
	$(Q)$(MAKE) --no-print-directory B='$(COVERED)' SANITIZE= CFLAGS='-O0 -g --coverage' \
		$(COVERED)/profiler/main.o check-unit
	$(Q)B='$(COVERED)' tests/coverage.sh

E2E ?= tests/e2e/t*.sh
programs-root: $(B)/wick $(WORKLOADS)
check-root: programs-root	## the tests that sample; E2E=tests/e2e/t10-truth.sh is one of them
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh $(E2E)

# What goes wrong on purpose: tests/e2e/t9*.sh.
FAULTS := $(addprefix $(B)/tests/faults/,crowd nth.so norows.so notables.so unfixed.so)
$(B)/tests/faults/crowd: tests/faults/crowd.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(WORKLOAD_CFLAGS) -pthread -o $@ $<
$(B)/tests/faults/%.so: tests/faults/%.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -o $@ $<

programs-root: $(FAULTS)

# Every system call, by each process: tests/e2e/t55-syscalls.sh.
INJECT := $(B)/tests/syscalls/inject
$(INJECT): $(INJECT).o
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $<

programs-root: $(INJECT)

# An hour at 99 Hz with flat memory; tests/e2e/t95-flat.sh is the same in twenty seconds.
check-hour: $(B)/wick $(WORKLOADS)	## an hour with flat memory
	$(Q)B='$(abspath $(B))' FLAT_S=3600 FLAT_HZ=99 $(PROVE) -e sh -v tests/e2e/t95-flat.sh

# Other kernels, emulated: tests/vm/run.sh, which fetches them.
$(B)/tests/vm/noloop.so: tests/vm/noloop.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) -fPIC -shared -o $@ $<
$(B)/tests/vm/jumps: tests/vm/jumps.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(WORKLOAD_CFLAGS) -o $@ $<

VM_PROGRAMS := $(addprefix $(B)/tests/vm/,noloop.so jumps)
VM_RUNS ?= 6.1 6.12 6.1:nobtf 6.12:nobtf
check-vm: $(B)/wick $(WORKLOADS) $(VM_PROGRAMS)	## other kernels, emulated
	$(Q)status=0; for run in $(VM_RUNS); do \
		B='$(abspath $(B))' $(PROVE) -e sh tests/vm/run.sh :: -l $$(echo $$run | tr : ' ') || status=1; \
	done; exit $$status

programs-root: $(VM_PROGRAMS)	# tests/e2e/t80-kernels.sh

# Every frame of real stacks against libdwfl: tests/truth/truth.c.
TRUTH := $(B)/tests/truth
$(TRUTH)/%.bpf.o: tests/truth/%.bpf.c
	$(call say,BPF)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(TRUTH)/%.skel.h: $(TRUTH)/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(TRUTH)/truth.o $(TRUTH)/python.o: $(TRUTH)/%.o: | $(TRUTH)/%.skel.h
$(TRUTH)/truth: $(addprefix $(TRUTH)/,truth.o oracle.o verdict.o code_maps.o command.o ticks.o) $(LIBS)
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS) -ldw

# The Python frames of real stacks against what the program says itself: tests/truth/python.c.
$(TRUTH)/python: $(addprefix $(TRUTH)/,python.o python_verdict.o command.o ticks.o) $(LIBS)
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/unit/test_verdict: $(TRUTH)/verdict.o
$(B)/tests/unit/test_python_verdict: $(TRUTH)/python_verdict.o

# Its programs; those whose compiler is missing are left out, and skipped when it runs.
have = $(shell command -v $(1) >/dev/null && echo yes)
SHORT_PROGRAMS := $(addprefix $(TRUTH)/,frames throws lazy.so)
TRUTH_PROGRAMS := $(SHORT_PROGRAMS) $(addprefix $(TRUTH)/,frames-O0 frames-static throws-O0 big.c) \
                  $(if $(call have,clang++),$(addprefix $(TRUTH)/,frames-clang throws-clang)) \
                  $(if $(call have,rustc),$(TRUTH)/rust) $(if $(call have,go),$(TRUTH)/go)
# Without padding a call that does not return has its return address in the next function.
TRUTH_CFLAGS := -O2 -g -falign-functions=1 -Wl,-z,lazy -Wl,-rpath,'$$ORIGIN'
$(TRUTH)/frames-O0 $(TRUTH)/throws-O0: TRUTH_CFLAGS += -O0
$(TRUTH)/frames-static: TRUTH_CFLAGS += -static
$(TRUTH)/frames-clang: CC  := $(CLANG)
$(TRUTH)/throws-clang: CXX := clang++
$(TRUTH)/frames $(addprefix $(TRUTH)/frames-,O0 static clang): tests/truth/programs/frames.c
	$(call say,CC)mkdir -p $(@D) && $(CC) $(TRUTH_CFLAGS) -w -o $@ $< -lpthread
$(TRUTH)/throws $(addprefix $(TRUTH)/throws-,O0 clang): tests/truth/programs/throws.cc
	$(call say,CXX)mkdir -p $(@D) && $(CXX) -std=c++17 $(TRUTH_CFLAGS) -o $@ $<
$(TRUTH)/lazy.so: tests/truth/programs/lazy.c
	$(call say,CC)mkdir -p $(@D) && $(CC) $(TRUTH_CFLAGS) -fPIC -shared -o $@ $<
$(TRUTH)/rust: tests/truth/programs/frames.rs
	$(call say,RUSTC)mkdir -p $(@D) && rustc -O -o $@ $<
$(TRUTH)/go: tests/truth/programs/frames.go
	$(call say,GO)mkdir -p $(@D) && go build -o $@ $<
$(TRUTH)/big.c: tests/truth/programs/big.sh
	$(call say,GEN)mkdir -p $(@D) && sh $< > $@

check-truth: $(TRUTH)/truth $(TRUTH_PROGRAMS)	## 3,800 stacks, frame by frame, beside libdwfl
	$(Q)B='$(abspath $(B))' sh tests/truth/run.sh long

programs-root: $(TRUTH)/truth $(SHORT_PROGRAMS)	# tests/e2e/t42-unwind-truth.sh

check-python: $(TRUTH)/python	## Python's frames beside the program's own word; PYTHONS names interpreters
	$(Q)B='$(abspath $(B))' PYTHONS='$(PYTHONS)' sh tests/truth/python.sh

check-pythons: $(TRUTH)/python	## the same of fresh Debian releases; RELEASE=trixie is one of them
	$(Q)B='$(abspath $(B))' tests/fresh/python.sh $(RELEASE)

programs-root: $(TRUTH)/python $(PYTHON_FILES)	# tests/e2e/t98-python.sh

check-python-programs: $(B)/wick	## servers, tests and libraries of PATH's python3
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh tests/truth/python_programs.sh

# Every row of real files against libdw: tests/oracle/ehframe.c.
ORACLE_FILES := $(wildcard /lib/x86_64-linux-gnu/libc.so.6 /lib64/ld-linux-x86-64.so.2 \
                  /usr/lib/x86_64-linux-gnu/libcrypto.so.3 /usr/lib/x86_64-linux-gnu/libstdc++.so.6 \
                  /usr/bin/python3 /usr/bin/node) $(wildcard $(shell { $(CC) -print-prog-name=cc1; } 2>/dev/null))
$(B)/tests/oracle/ehframe: $(B)/tests/oracle/ehframe.o $(LIBS)
	$(call say,LINK)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LDLIBS) -ldw

check-oracle: $(B)/tests/oracle/ehframe	## unwind tables of real files beside libdw
	$(Q)$< $(ORACLE_FILES)

# make fuzz T=60: seconds for each parser.  What it finds is left in $(B)/tests/fuzz.
FUZZ := $(B)/tests/fuzz
T    ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := $(filter-out $(CFLAGS) $(SAN),$(USER_CFLAGS)) -O1 -g1 -fno-omit-frame-pointer \
               -fsanitize=address,undefined -fno-sanitize-recover=all
# Of the program itself what reads the kernel's records, what its processes say to each other, and the
# memory of other processes.
FUZZED := $(call sources,symbolize) $(call sources,flamegraph) \
          $(call sources,profiler/parsing) $(call sources,profiler/guard) \
          $(call sources,profiler/interpreters) \
          $(filter-out profiler/main.c,$(wildcard profiler/*.c)) \
          $(addprefix profiler/,source/perf_rings.c source/perf_sample.c recording/sideband.c)
FUZZ_OBJS := $(addprefix $(FUZZ)/obj/,$(patsubst %.c,%.o,$(FUZZED)) \
               flamegraph/pprof/pprof.pb-c.o)
$(FUZZ)/obj/%.o: %.c | $(B)/flamegraph/pprof/pprof.pb-c.c
	$(call say,FUZZ)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<
$(FUZZ)/obj/%.o: $(B)/%.c
	$(call say,FUZZ)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<
$(FUZZ)/parsers.a: $(FUZZ_OBJS)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$(FUZZ)/fuzz_%: $(FUZZ)/obj/tests/fuzz/fuzz_%.o $(FUZZ)/parsers.a
	$(call say,LINK)$(CLANG) -fsanitize=address,undefined,fuzzer $(WRAPPED) -o $@ $^ $(LDLIBS)

# They have the other end of a process's sockets, and no process: tests/fuzz/peer.h.
$(addprefix $(FUZZ)/fuzz_,fetch opener zygote): WRAPPED := -Wl,--wrap=message_pair,--wrap=fork
$(FUZZ)/fuzz_opener: WRAPPED += -Wl,--wrap=syscall

# A megabyte may cost a second of an optimized program; five of this one.
FUZZ_BOUNDS := -timeout=5 -rss_limit_mb=512
fuzz: $(FUZZERS)	## T=60 seconds of new inputs for each parser
	$(Q)for f in $(FUZZERS); do \
		n=$${f##*/fuzz_}; mkdir -p $(FUZZ)/corpus/$$n && \
		$$f $(FUZZ_BOUNDS) -max_total_time=$(T) -max_len=65536 -artifact_prefix=$(FUZZ)/ \
			-print_final_stats=1 $(FUZZ)/corpus/$$n tests/fuzz/corpus/$$n || exit 1; \
	done

# The same inputs again, each once.
programs-corpus: $(FUZZERS)
check-corpus: programs-corpus	## the fuzzers' inputs, each once
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh tests/fuzz/replay.sh

# Our JSON in speedscope itself, in Chromium.
check-speedscope: $(B)/wick $(B)/tests/workloads/calltree	## our JSON in speedscope itself
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh tests/browser/speedscope.sh

# The viewers' scripts by node and eslint; skips where node or npm is missing.
lint-js: $(B)/wick	## the viewers' scripts
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh tests/browser/lint.sh

# The pictures in headless Chromium; skips where that, node or npm's driver for it is missing.
check-browser: $(B)/wick	## the pictures in headless Chromium
	$(Q)B='$(abspath $(B))' $(PROVE) -e sh tests/browser/run.sh

# tests -> profiler -> {symbolize, bpf, flamegraph}; no arrow between the three islands.
LAYER = $(Q)! grep -rnE --include='*.[ch]' '\#include "($(2))/' $(1)
check-layers:	## who includes whom, names in comments that are gone, long functions
	$(call LAYER,symbolize,profiler|flamegraph|bpf|tests)
	$(call LAYER,flamegraph,profiler|symbolize|bpf|tests)
	$(call LAYER,bpf,profiler|symbolize|flamegraph|tests)
	$(call LAYER,profiler,tests)
	$(Q)tests/layers.sh
	$(Q)tests/words.sh
	$(Q)tests/measures.sh

# The rooms of each island, and the arrows between them.
layers:	## the rooms of each island, and the arrows between them
	$(Q)tests/layers.sh -v

# Each header compiles alone.  Those of bpf/ leave the __u32 family to their includer, and
# unwind_step.h a function too; *.bpf.h are for the BPF target only.
check-headers: $(LACKS_NOTHING)	## each header compiles alone
	$(Q)! grep -nE '(->|\.)stop\(' tests/unit/*.[ch] $(foreach island,profiler symbolize,$(wildcard $(island)/*.h $(island)/*/*.h)) || \
		{ echo 'stop() is a macro of cmocka 2'; exit 1; }
	$(Q)for header in $(foreach island,profiler symbolize flamegraph,$(wildcard $(island)/*.h $(island)/*/*.h)) tests/workloads/*.h; do \
		$(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) -Werror -fsyntax-only -x c $$header || exit 1; done
	$(Q)for header in $(filter-out %.bpf.h %_step.h,$(wildcard bpf/*.h)); do \
		$(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) -Werror -fsyntax-only -include linux/types.h \
			-x c $$header || exit 1; done

# Our function names, inlines and lines against those of llvm, elfutils and binutils.
check-symbols: $(B)/wick	## names, inlines and lines beside llvm, elfutils and binutils
	$(Q)B='$(abspath $(B))' tests/oracle/symbols.sh

# SC2016: `sh -c` is given its arguments behind the text, not in it; SC2317: functions that
# are called through a variable.
shellcheck:	## the shell scripts
	$(Q)shellcheck -x -P SCRIPTDIR -e SC2016,SC2317 .ci/run .ci/deps profiler/wick.bash .packaging/build tests/layers.sh tests/words.sh tests/measures.sh tests/builds.sh tests/coverage.sh tests/e2e/*.sh \
		$(wildcard $(addprefix tests/,$(addsuffix /*.sh,browser bench fresh oracle packages truth vm fuzz))) tests/vm/init

# The style is that of .clang-format as version 14 reads it: others break lines elsewhere.
CLANG_FORMAT ?= $(firstword $(shell command -v clang-format-14 clang-format))
FORMATTED = $(wildcard $(foreach folder,bpf profiler symbolize flamegraph tests,\
              $(addprefix $(folder)/,*.[ch] */*.[ch] */*/*.[ch])))
format:	## format the C files; format-check: tell which are not
	$(Q)$(CLANG_FORMAT) -i $(FORMATTED)
format-check:
	$(Q)case "$$($(CLANG_FORMAT) --version 2>/dev/null)" in \
	*'version 14.'*) $(CLANG_FORMAT) --dry-run --Werror $(FORMATTED) ;; \
	*) echo "format-check: left out: there is no clang-format 14 here" ;; esac

clean:	## remove what was built
	$(Q)rm -rf build build-san build-cov .build-*

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# Every target that is no file has a name without a dot or slash.
.PHONY: $(shell sed -n 's/^\([a-z][a-z -]*\):.*/\1/p' Makefile)
.DELETE_ON_ERROR:
.SECONDARY:
