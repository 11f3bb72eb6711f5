# One command each; the first one sets up the environment. CORES=8 unless told otherwise.
PYTHON ?= python3
CORES ?= 8
BIN := .venv/bin
LIBRARY := PYTHONPATH=workflow/scripts $(BIN)/python
export OMP_NUM_THREADS := 1

.PHONY: run test lint report scan check demo docs lock clean agreement benchmark-calibration benchmark-intervals

run: $(BIN)/ready ## run the study in this folder
	$(BIN)/snakemake --cores $(CORES)

test: $(BIN)/ready ## run the tests
	$(BIN)/python -m pytest

lint: $(BIN)/ready ## check the form of code, rules and workflow
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	$(BIN)/snakemake --lint

report: $(BIN)/ready ## report.zip with every figure and caption
	$(BIN)/snakemake --cores $(CORES) --report report.zip

scan: $(BIN)/ready ## what the exports in DIR are, with ready rows for the plates sheet
	$(LIBRARY) -m immunoassay.readers.scan "$(DIR)"

check: $(BIN)/ready ## check the study's config and sheets without running anything
	$(LIBRARY) -m immunoassay.sheets.check .

demo: $(BIN)/ready ## write the demonstration study anew (the same bytes)
	$(LIBRARY) -m immunoassay.simulate.demo --out .

agreement: $(BIN)/ready ## refit the exports in DIR and compare with their software (STANDARDS=file: what they do not state)
	$(LIBRARY) -m immunoassay.calibration.agreement --exports $(DIR) $(if $(STANDARDS),--standards $(STANDARDS)) --page docs/validation.md

benchmark-calibration: $(BIN)/ready ## accuracy, coverage and speed of the curves on simulated plates
	$(LIBRARY) benchmarks/calibration.py

benchmark-intervals: $(BIN)/ready ## do printed intervals hold the truth in 200 simulated studies
	$(LIBRARY) benchmarks/intervals.py

docs: $(BIN)/ready ## write config/README.md and docs/tables.md from schemas and contracts
	$(LIBRARY) -m immunoassay.deliver.dictionary

lock: ## resolve requirements.in into requirements.lock (needs uv)
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements.in -o requirements.lock

clean: ## remove everything that was made, but not the environment
	rm -rf results logs .snakemake report.zip

$(BIN)/ready: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@
