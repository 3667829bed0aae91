# On a fresh Debian machine, as root: `make demo`, `make test`. Both install what they need.

LAB := target/debug/lab
MUSL := x86_64-unknown-linux-musl
MUSL_ARM64 := aarch64-unknown-linux-musl
VERSION := $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)

# Where the archives and their manifest go.
DIST := dist

# What release archives are built for.
KNOWN_PLATFORMS := $(shell awk '/^[a-z]/ {print $$1 "/" $$2}' packaging/platforms)
PLATFORMS := $(KNOWN_PLATFORMS)

# What the plugin carries to nodes that cannot pull the image, a folder for each architecture.
CARRIED := target/carried

# Images as a release names them, NAME@sha256:DIGEST. Without PROBE_IMAGE the plugin names the image of its version.
PROBE_IMAGE :=
PLUGIN_IMAGE :=

# Refuses a reference that could come to mean another image.
PINNED = echo '$($(1))' | grep -Eqx '[^@[:space:]]+@sha256:[0-9a-f]{64}' || { echo 'error: $(1) is to be NAME@sha256:DIGEST, and is "$($(1))"' >&2; exit 1; }

# Releases of kube-proxy that are built beside the lab's own: those between which most changes. Each takes three minutes of two
# processors the first time, and `make agreement`, which every release of the plugin has to pass, builds all of them.
RELEASES := 1.23,1.24,1.33,1.37
ALL_RELEASES := 1.23,1.24,1.28,1.31,1.33,1.35,1.36,1.37

# Tests wait for their turn, those on labs of their own until no other waits: each has a thread, and most do nothing.
END_TO_END := cargo test --workspace --test end-to-end -- --test-threads 200

# Test programs that need no cluster.
UNIT := $(sort $(patsubst %.rs,%,$(notdir $(patsubst %/main.rs,%,$(wildcard p*/tests/*.rs p*/*/tests/*.rs p*/tests/*/main.rs p*/*/tests/*/main.rs)))))

# The case that the demonstration shows.
CASE := iptables

# How long each fuzz target runs.
SECONDS := 60

# Fuzz targets; all of them where none is named.
TARGETS :=

.PHONY: help setup book case probe programs build release platforms dist test-dist manifests test-archive image demo lint advisories unit end-to-end quick
.PHONY: test test-quick browser agreement faults slowest fuzz bench bench-scale clean

help:
	@echo 'make demo   bring up a real cluster, run kubectl lbprobe on a real fault, show its report'
	@echo '            the same for another case: CASE=ipvs-1.23, ipvs-1.34, nftables-1.33, upgrade, undeclared-port, asm or nginx'
	@echo 'make test   all checks and tests: fmt, clippy, deny, unit tests, end-to-end tests'
	@echo 'make test-quick  for daily work: without virtual machines, and a part of the end-to-end tests'
	@echo 'make browser     the page of -o html in a real browser'
	@echo 'make agreement   what the model expects beside what kube-proxies of all releases do, as a table'
	@echo 'make faults      every disturbance of the fault matrix, as a table with totals'
	@echo 'make slowest     where the last end-to-end tests spent their time'
	@echo 'make fuzz        each fuzz target for SECONDS=60'
	@echo 'make lint   fmt, deny, and clippy for Linux, Macs and Windows'
	@echo 'make advisories  known vulnerabilities of dependencies, where their database can be fetched'
	@echo 'make bench  measure a run and an explanation against references of the same minute'
	@echo 'make bench-scale  runs on 1,000 and 5,000 fake nodes against their goals; LBPROBE_SCALE names other numbers'
	@echo 'make dist   the release archives and their krew manifest, in dist/; for one of them: PLATFORMS=darwin/arm64'
	@echo 'make test-dist   build them twice, and compare, check, install and run them'
	@echo 'make image  the probe image for amd64 and arm64 as an OCI archive, in dist/'
	@echo 'make book   the documentation as a book, in target/book'
	@echo 'make clean  remove what was built, the cache of Kubernetes binaries too'

# Debian packages, the Rust toolchain of rust-toolchain.toml, and Go.
setup:
	@tests/setup

# The probe for its image, and as the plugin carries it to nodes that cannot pull one: compressed, with its loader.
probe: setup
	packaging/cargo build linux amd64,arm64 --package lbprobe-probe --package lbprobe-loader --profile probe
	tests/carry target/$(MUSL)/probe $(CARRIED)/amd64
	tests/carry target/$(MUSL_ARM64)/probe $(CARRIED)/arm64

# With the tests, and always all packages: what cargo builds for one of them alone has other features, and is built again with all
# that it depends on.
programs: probe
	cargo build --workspace --lib --bins --tests

build: programs
	$(LAB) build --for-tests --releases $(RELEASES)

# The plugin that is measured, and that is packed for Linux on amd64.
release: probe
	$(if $(PROBE_IMAGE),@$(call PINNED,PROBE_IMAGE))
	$(if $(PROBE_IMAGE),LBPROBE_PROBE_IMAGE='$(PROBE_IMAGE)') packaging/cargo build linux amd64 --package kubectl-lbprobe --release --locked

# A wrong name is told before anything is built. What was built before goes: the manifest is of one build.
platforms:
	@unknown='$(filter-out $(KNOWN_PLATFORMS),$(PLATFORMS))'; [ -z "$$unknown" ] || { \
	  echo "error: nothing is built for $$unknown" >&2; echo 'hint: PLATFORMS may have $(KNOWN_PLATFORMS)' >&2; exit 2; }

dist: platforms release
	@packaging/setup compilers
	@packaging/setup sbom
	rm -rf $(DIST)/man $(DIST)/kubectl-lbprobe-* $(DIST)/checksums.txt
	mkdir -p $(DIST)/man
	target/$(MUSL)/release/kubectl-lbprobe man $(DIST)/man
	for platform in $(PLATFORMS); do \
	  $(if $(PROBE_IMAGE),LBPROBE_PROBE_IMAGE='$(PROBE_IMAGE)') packaging/cargo build "$${platform%/*}" "$${platform#*/}" --package kubectl-lbprobe --release --locked || exit; \
	  packaging/archive "$${platform%/*}" "$${platform#*/}" $(DIST) || exit; \
	  packaging/sbom plugin "$${platform%/*}" "$${platform#*/}" "$(DIST)/kubectl-lbprobe-$${platform%/*}-$${platform#*/}.cdx.json" || exit; \
	done
	for architecture in amd64 arm64; do \
	  packaging/sbom probe linux $$architecture $(DIST)/kubectl-lbprobe-probe-$$architecture.cdx.json || exit; \
	  packaging/sbom probe/loader linux $$architecture $(DIST)/kubectl-lbprobe-loader-$$architecture.cdx.json || exit; \
	done
	packaging/manifest $(VERSION) $(DIST) >$(DIST)/lbprobe.yaml
	cd $(DIST) && sha256sum kubectl-lbprobe-* >checksums.txt

# The same from a copy in another folder, and then all that can be checked of the archives. The emulators are for what is not
# of this machine.
AGAIN := target/again
test-dist: override DIST := dist
test-dist: override PLATFORMS := $(KNOWN_PLATFORMS)
test-dist: dist image build
	@packaging/setup emulators
	packaging/try $(DIST)/kubectl-lbprobe-linux-amd64.tar.gz
	rm -rf $(AGAIN) && mkdir -p $(AGAIN)
	git -c safe.directory='*' ls-files -z --cached --others --exclude-standard >$(AGAIN)/files
	xargs -0 cp --parents --target-directory $(AGAIN) <$(AGAIN)/files
	$(MAKE) -C $(AGAIN) dist image DIST=dist PLATFORMS='$(KNOWN_PLATFORMS)'
	LBPROBE_DIST_AGAIN=$(abspath $(AGAIN)/dist) cargo test --workspace --test platforms -- --nocapture --test-threads 1

# The manifests of a release: both images by their digests.
manifests:
	@$(call PINNED,PROBE_IMAGE)
	@$(call PINNED,PLUGIN_IMAGE)
	mkdir -p $(DIST)/manifests
	for file in manifests/*.yaml; do \
	  sed 's|kubectl-lbprobe/probe:v$(VERSION)|$(PROBE_IMAGE)|; s|kubectl-lbprobe/plugin:v$(VERSION)|$(PLUGIN_IMAGE)|' $$file >$(DIST)/$$file; \
	done
	! grep -rn 'kubectl-lbprobe/p[a-z]*:v' $(DIST)/manifests
	tar --create --gzip --file $(DIST)/manifests.tar.gz --owner 0 --group 0 --mtime @0 --sort name --directory $(DIST) manifests

# What the tests install: packed like a release, around the program that they run. A release's own takes
# minutes to build.
test-archive: DIST := target/lab/dist
test-archive: build
	rm -rf $(DIST)/man $(DIST)/kubectl-lbprobe-*
	mkdir -p $(DIST)/man
	target/debug/kubectl-lbprobe man $(DIST)/man
	packaging/archive linux amd64 $(DIST) target/debug
	packaging/manifest $(VERSION) $(DIST) >$(DIST)/lbprobe.yaml

# The documentation as a book, in target/book.
book: setup
	@packaging/setup book
	target/book-tools/bin/mdbook build docs

image: probe
	@packaging/setup images
	mkdir -p $(DIST)
	packaging/image $(DIST) $(VERSION)

# A wrong name is told before anything is built.
case:
	@tests/demo needs $(CASE) >/dev/null

demo: case programs
	$(LAB) build $$(tests/demo needs $(CASE))
	@tests/demo $(LAB) $(CASE)

lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	@# Where the plugin runs, the lab need not.
	@packaging/setup compilers
	packaging/cargo clippy darwin arm64 --package kubectl-lbprobe -- --deny warnings
	packaging/cargo clippy windows amd64 --package kubectl-lbprobe -- --deny warnings
	cargo deny check bans licenses sources
	@# Fuzz targets have a lock of their own, which is forgotten where a package gets a new dependency.
	cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

# Known vulnerabilities. Where the database cannot be fetched nothing is checked: a failure, unless ALLOW_NO_DATABASE is set.
advisories: setup
	@if timeout 120 cargo deny fetch db; then cargo deny check advisories; \
	elif [ -n '$(ALLOW_NO_DATABASE)' ]; then \
	  echo 'WARNING: the advisory database cannot be fetched: dependencies were NOT CHECKED for known vulnerabilities' >&2; \
	else \
	  echo 'error: the advisory database cannot be fetched: dependencies were not checked for known vulnerabilities' >&2; \
	  echo 'hint: ALLOW_NO_DATABASE=1 goes on without it' >&2; exit 1; \
	fi

unit: programs
	cargo test --workspace --lib --bins $(addprefix --test ,$(UNIT))

end-to-end: build test-archive
	tests/twice

# One or two of each kind, on ordinary nodes.
QUICK := modes::iptables endpoints evidence reports permissions cases::asm faults::the_quick faults::at_every faults::every_fault faults::rows

quick: RELEASES := 1.23
quick: build test-archive
	tests/twice $(QUICK)

# The page of -o html in a real browser.
browser: programs
	@tests/browser/setup
	cd tests/browser && npm test

# What lint leaves of the processors the lab's programs are built with: they are Go and C, and take no lock of cargo's.
test:
	$(MAKE) --jobs 2 lint build
	$(MAKE) unit browser end-to-end

test-quick: lint unit browser quick

agreement: override RELEASES := $(ALL_RELEASES)
agreement: build
	LBPROBE_AGREEMENT=all $(END_TO_END) --nocapture agreement

faults: build
	LBPROBE_FAULTS=all $(END_TO_END) --nocapture faults

# What the last end-to-end tests took of the machine, the dearest first. A cost is seconds times the share of a processor.
slowest:
	@awk -F '\t' '{ printf "%5d s of a processor, held %4d s, waited %4d s, %.1f times as slow as idle: %s\n", $$1 * $$2 / 4, $$1, $$3, $$5, $$4 }' target/lab/slots.tsv | sort -rn

# Fails where a goal is missed.
bench-scale: build release
	cargo bench --profile measure --package lbprobe-lab --bench scale

fuzz: setup
	@fuzz/run $(SECONDS) $(TARGETS)

bench: build release
	cargo bench --profile dev --package lbprobe-lab --bench explain
	cargo bench --profile dev --package lbprobe-lab --bench run

clean:
	cargo clean
	rm -rf dist "$${XDG_CACHE_HOME:-$$HOME/.cache}/kubectl-lbprobe"
