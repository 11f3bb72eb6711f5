# One command each; the first one sets up the environment. CORES=8 and STUDY=. unless told otherwise.
PYTHON ?= python3
CORES ?= 8
STUDY ?= .
WORKERS ?= 2
BIN := .venv/bin
IMMUNOASSAY := $(BIN)/immunoassay
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# uv when present, else pip; a lock is complete, so nothing is resolved, and nothing is built but the project itself
INSTALLER := $(if $(shell command -v uv),uv pip install -q --python $(BIN)/python,$(BIN)/pip install -q --disable-pip-version-check)
INSTALL := $(INSTALLER) --no-deps --only-binary :all: --require-hashes -r
COMPILE = uv pip compile -q --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --only-binary :all:
FITTING := import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d: make PYTHON=python3.12" % sys.version_info[:2])
PEERS = test -e .venv/peers/ready || $(INSTALLER) --no-deps --require-hashes --target .venv/peers -r benchmarks/requirements.lock && touch .venv/peers/ready || true
export OMP_NUM_THREADS := 1
WRITTEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
UNKNOWN := $(filter-out PYTHON CORES STUDY DIR ARGS NAME STANDARDS REPETITIONS SIZES WORKERS,$(WRITTEN))
$(if $(UNKNOWN),$(error unknown: $(UNKNOWN)))

.PHONY: setup run benchmark benchmark-statistics accept-raw freeze verify-log test test-cluster test-browser test-slow bundle lint report new add scan check why orphans demo docs lock clean agreement estimate-variance benchmark-calibration benchmark-intervals benchmark-arms benchmark-cross-section benchmark-scale benchmark-readers benchmark-latency stress exports-table

setup: $(BIN)/ready ## set up the environment that runs studies and nothing else

bundle: $(BIN)/ready ## everything a machine without a registry installs, in bundle/ (for the Python and platform of this one)
	rm -rf bundle
	$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r requirements.lock -w bundle
	$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w bundle .
	cp requirements.lock bundle/
	cd bundle && sha256sum immunoassay_workflow-*.whl | sed -E 's/^(\w+)  immunoassay_workflow-([^-]+)-.*/immunoassay-workflow==\2 --hash=sha256:\1/' >>requirements.lock
	@echo "there: pip install --no-index --no-deps --require-hashes --find-links bundle -r bundle/requirements.lock"

run: $(BIN)/ready ## run the study in the folder STUDY (this one unless told otherwise)
	$(IMMUNOASSAY) run "$(STUDY)" --cores $(CORES)

test: $(BIN)/ready-to-develop ## run the tests that take minutes
	$(PYTEST) -m "not slow" tests/workflow tests/bad_inputs tests/unit

test-cluster: $(BIN)/ready-to-develop ## run the tests on a private Slurm (needs slurm-wlm and munge)
	$(BIN)/python -m pytest tests/cluster

test-browser: $(BIN)/ready-to-develop ## run the tests of the report page in a browser (needs chromium)
	$(BIN)/python -m pytest tests/browser

test-slow: $(BIN)/ready-to-develop ## run the slow tests: the demonstration, the wheel, damages, real exports, full disks
	$(PYTEST) -m slow tests/slow tests/workflow tests/damages tests/bad_inputs tests/unit

lint: $(BIN)/ready-to-develop ## check the form of code, rules and workflow
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	$(BIN)/mypy
	$(BIN)/snakemake --lint

report: $(BIN)/ready ## open the report page of the study STUDY (ARGS=--zip: results/report.zip with every figure and caption)
	$(IMMUNOASSAY) report "$(STUDY)" --cores $(CORES) $(ARGS)

new: $(BIN)/ready ## draft the study STUDY from the exports in DIR (ARGS="--samples FILE --yes": options of immunoassay new)
	$(IMMUNOASSAY) new "$(STUDY)" --from "$(DIR)" $(ARGS)

add: $(BIN)/ready ## add the delivery in DIR to the study STUDY (ARGS: options of immunoassay add)
	$(IMMUNOASSAY) add "$(STUDY)" "$(DIR)" $(ARGS)

scan: $(BIN)/ready ## what the exports in DIR are, and the rows they would have
	$(IMMUNOASSAY) scan "$(DIR)"

check: $(BIN)/ready ## check the config, sheets and exports of STUDY without running anything
	$(IMMUNOASSAY) check "$(STUDY)"

accept-raw: $(BIN)/ready ## write the checksums of new raw files to config/raw_files.tsv (a changed file is refused)
	$(IMMUNOASSAY) accept-raw "$(STUDY)"

freeze: run ## keep what is reported as releases/NAME (NAME=2025-10); compare_with in the config compares with it
	$(IMMUNOASSAY) freeze "$(NAME)" "$(STUDY)"

verify-log: $(BIN)/ready ## verify the chain of the run log records/runs.jsonl
	$(IMMUNOASSAY) verify-log "$(STUDY)"

why: $(BIN)/ready ## what would run now, and why
	$(IMMUNOASSAY) why "$(STUDY)"

orphans: $(BIN)/ready ## results that no plate, batch or rule makes any more
	$(IMMUNOASSAY) orphans "$(STUDY)"

demo: $(BIN)/ready ## write both parts of the demonstration study anew (the same bytes)
	$(IMMUNOASSAY) demo . --only-write
	$(IMMUNOASSAY) demo resources/part_2b --part 2b --only-write

agreement: $(BIN)/ready ## refit the exports in DIR and compare with their software (STANDARDS=file: what they do not state)
	$(IMMUNOASSAY) agreement $(DIR) $(if $(STANDARDS),--standards $(STANDARDS)) --page docs/validation.md

estimate-variance: $(BIN)/ready ## propose variance exponents for the analytes sheet from the batches already run
	$(IMMUNOASSAY) estimate-variance "$(STUDY)"

benchmark-calibration: $(BIN)/ready-to-develop ## accuracy, coverage and speed of the curves on simulated plates
	$(PEERS)
	PYTHONPATH=.venv/peers $(BIN)/python benchmarks/calibration.py

benchmark-statistics: $(BIN)/ready-to-develop ## error rates, coverage and speed of the statistics (REPETITIONS=10000 for a release)
	$(BIN)/python -m benchmarks.statistics $(or $(REPETITIONS),500)

benchmark-intervals: $(BIN)/ready-to-develop ## is what the report says true: every statement of 200 simulated studies judged
	$(BIN)/python -m benchmarks.intervals

benchmark-arms: $(BIN)/ready-to-develop ## is what is said of two arms true: 200 simulated randomised studies of each size, and families of 2,000 null studies
	$(BIN)/python -m benchmarks.arms

benchmark-cross-section: $(BIN)/ready-to-develop ## seconds of a study of 219 patients and 40 controls
	$(BIN)/python -m benchmarks.cross_section

benchmark-scale: $(BIN)/ready-to-develop ## how cost grows with plates (SIZES="10 100 peer slurm"; all of it needs an hour or more)
	$(PEERS)
	$(BIN)/python -P benchmarks/scale.py $(SIZES)

benchmark: benchmark-readers benchmark-calibration benchmark-statistics benchmark-intervals benchmark-arms benchmark-cross-section benchmark-scale benchmark-latency ## all benchmarks (hours) and their page benchmarks/RESULTS.md
	$(BIN)/python -P benchmarks/page.py

benchmark-latency: $(BIN)/ready-to-develop ## how long a person waits, beside version 0.1.0 (PARTS="steps plates tests")
	$(BIN)/python -P benchmarks/latency.py $(PARTS)

benchmark-readers: $(BIN)/ready-to-develop ## seconds per plate of every family of exports, and the ratio to a floor
	$(BIN)/python -P benchmarks/readers.py

stress: $(BIN)/ready-to-develop ## thousands of random changes: none misread in silence; 30 killed runs resumed (counts in benchmarks/results/stress.json); all examples of properties
	$(BIN)/python tests/fuzz/readers_fuzz.py 20000 --seed 20260117 7 11 --results benchmarks/results/stress.json
	$(BIN)/python tests/fuzz/study_fuzz.py 5000 --seed 20260118 3 11 --results benchmarks/results/stress.json
	$(BIN)/python -m tests.fuzz.kill 30 --results benchmarks/results/stress.json
	$(PYTEST) -m hypothesis --hypothesis-profile full tests/unit

exports-table: $(BIN)/ready-to-develop ## read every export in DIR (with its MANIFEST.tsv) and write the table into docs/validation.md
	$(BIN)/python -m tests.real_exports "$(DIR)" docs/validation.md

docs: $(BIN)/ready ## write config/README.md and docs/tables.md from schemas and contracts
	$(BIN)/python -c "from immunoassay.deliver import dictionary; dictionary.main()"

lock: ## resolve the requirements into the locks (needs uv)
	$(COMPILE) requirements.in -o requirements.lock
	$(COMPILE) requirements-dev.in -o requirements-dev.lock
	$(COMPILE) --no-deps benchmarks/requirements.in -o benchmarks/requirements.lock

clean: ## remove everything that was made, but not the environment
	rm -rf results logs .snakemake

$(BIN)/ready: requirements.lock pyproject.toml workflow/VERSION
	@$(PYTHON) -c '$(FITTING)'
	$(PYTHON) -m venv .venv
	$(INSTALL) requirements.lock
	$(INSTALLER) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src
	touch $@

$(BIN)/ready-to-develop: $(BIN)/ready requirements-dev.lock
	$(INSTALL) requirements-dev.lock
	touch $@
