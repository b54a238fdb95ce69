# What one types. Meson does the building; tools/setup.sh installs what is missing, once.
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
DATA    ?= merlon-data
PYTHON  ?= /usr/bin/python3

.PHONY: run build test test-unit test-e2e test-asan test-tsan crash soak growth check analyse bench fuzz surface install clean

run: build
	$(BUILD)/merlon serve --listen 127.0.0.1:4566 --data $(DATA)

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) merlon

$(BUILD)/build.ninja:
	tools/setup.sh build
	@meson setup $(BUILD) --prefix $(PREFIX) $(MESON_OPTIONS)

# -- proof
test:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py

test-unit:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py unit

test-e2e:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py test-e2e

test-asan:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py asan-unit asan-e2e soak

# The tests in which threads meet, once more where races are seen; .ci/run runs these too.
test-tsan:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py tsan-unit tsan-e2e tsan-soak

# kill -9 fifty times (make test does five).
crash: build
	tools/setup.sh test
	$(PYTHON) -m pytest -q tests/crash --long

# A hundred clients at once, for half an hour, under sanitizers (make test does it for some seconds).
soak:
	tools/setup.sh build test
	$(PYTHON) tools/test_all.py build build-asan
	MERLON_BINARY=build-asan/merlon UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 $(PYTHON) tests/soak/run.py $(MINUTES)

# A bucket of a million objects against one of a thousand (make test counts rows in one of twenty thousand).
growth: build
	tools/setup.sh test
	$(PYTHON) tests/growth/run.py $(OBJECTS)

check:
	tools/setup.sh build test check
	tools/check.sh

# clang-tidy, whose analyzer follows more paths than in make check.
analyse: build
	tools/setup.sh build test check
	tools/check_tidy.py $(BUILD) --deep

fuzz:
	tools/setup.sh build fuzz
	tests/fuzz/run.sh $(FUZZ)

bench:
	tools/setup.sh build bench
	tests/bench/run.sh

# -- after a change of api/*.api: the snapshot that shows it in review
surface:
	$(PYTHON) tools/apigen.py --update-surface

# -- the program where it belongs
install: build
	install -D -m 755 $(BUILD)/merlon $(DESTDIR)$(PREFIX)/bin/merlon
	install -D -m 644 dist/man/merlon.1 $(DESTDIR)$(PREFIX)/share/man/man1/merlon.1
	install -D -m 644 dist/man/merlon.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/merlon.conf.5
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@bindir@|$(PREFIX)/bin|' dist/merlon.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/merlon.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/merlon.service

clean:
	rm -rf $(BUILD) build-*
