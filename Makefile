# What one can do here. `make run` and `make test` set up what they need and skip what is already there.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PYTHONDONTWRITEBYTECODE =
BIN := .venv/bin
PORT ?= 5000
# More options of `quizapp up`: make run UP="--workers 4"
UP ?=
# The figures that `make bench` measures, by key: make bench ONLY=verdict_idle_p50_vs_host_pytest,cached_verdict_p50_ms
ONLY ?=
# How many programs: make soak RUNS=200
RUNS ?= 1000
# Which questions: make mutants PATHS=questions/fresher
PATHS ?=
# How long the storm is, how many people are in it, and on which database: make storm STORE=postgresql
SECONDS ?= 120
PEOPLE ?= 50
STORE ?= sqlite
# How many people, for how long, on which database, and what of it: make load PEOPLE=200 SECONDS=30 PHASES=saves,limit
PHASES ?= saves,submissions,limit,expiry
# More options of pytest: make test PYTEST="tests/worker -x"
PYTEST ?=
# How long, and in how many processes: make fuzz MINUTES=1
MINUTES ?= 10
PROCESSES ?= 2
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help run test coverage check bench load hostile fuzz lint types assets lock images compose-test soak storm mutants

help: ## list what one can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set up everything that is missing and serve the site (PORT=5000)
	@scripts/bootstrap run
	@exec $(BIN)/quizapp up --port $(PORT) $(UP)

test: ## set up, run all gates and all tests
	@scripts/bootstrap test
	@scripts/run-tests $(PYTEST)

coverage: ## the same with branch coverage of every process, which takes half as long again
	@scripts/bootstrap test
	@scripts/run-tests --cov --cov-report=term $(PYTEST)

check: ## all gates but the tests: style, types, import directions, templates, dependencies
	@scripts/bootstrap test
	@scripts/run-checks

lint: ## ruff and djlint only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint quizapp/templates

types: ## mypy and tsc only
	$(BIN)/mypy
	node_modules/.bin/tsc --noEmit

bench: ## measure speed and capacity, about 8 minutes; writes bench/report.json (ONLY=key,...)
	@scripts/bootstrap bench
	$(BIN)/python -m bench --only "$(ONLY)"

load: PEOPLE = 1000
load: SECONDS = 100
load: STORE = postgresql
load: ## fill a site with 1,000 people who save and submit, about ten minutes; writes load/report.json (PEOPLE= SECONDS= STORE=)
	@scripts/bootstrap test
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/load.txt
	$(BIN)/python -m load --people $(PEOPLE) --seconds $(SECONDS) --store $(STORE) --phases $(PHASES)

hostile: ## run the hostile cases and publish what was seen in sandbox/README.md (quiet machine, four minutes)
	@scripts/bootstrap test
	$(BIN)/quizapp sandbox build
	$(BIN)/python -m tests.sandbox.hostile_table

fuzz: ## fuzz what reads the words of submitted code (MINUTES=10 PROCESSES=2); fails when it finds something
	@scripts/bootstrap test
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/fuzz.txt
	@$(BIN)/python -m fuzz --minutes $(MINUTES) --processes $(PROCESSES)

mutants: ## how well the tests of code questions guard their solutions (PATHS=questions/fresher/api)
	@scripts/bootstrap run
	$(BIN)/quizapp questions check --mutants $(PATHS)

soak: ## send RUNS=1000 programs through one broker and look whether anything grows
	@scripts/bootstrap test
	$(BIN)/python scripts/soak.py $(RUNS)

storm: ## kill parts of a site at random while 50 people use it (SECONDS=120 PEOPLE=50 STORE=sqlite|postgresql)
	@scripts/bootstrap test
	$(BIN)/python scripts/storm.py --seconds $(SECONDS) --people $(PEOPLE) --store $(STORE)

assets: ## bundle the front end
	@rm -f .setup/assets
	@scripts/bootstrap run

images: ## build the images that candidates' code and tests run in
	@scripts/bootstrap run
	$(BIN)/quizapp sandbox build

lock: ## pin all dependencies anew (requirements/*.txt, package-lock.json)
	@scripts/bootstrap lock
	$(COMPILE) --upgrade --group setup --output-file requirements/setup.txt
	$(COMPILE) --upgrade --group fuzz --output-file requirements/fuzz.txt
	$(COMPILE) --upgrade --group node --output-file requirements/node.txt
	$(COMPILE) --upgrade --extra postgres pyproject.toml --output-file requirements/main.txt
	$(COMPILE) --upgrade --extra postgres --group dev --group setup -c requirements/main.txt pyproject.toml \
		--output-file requirements/dev.txt
	$(COMPILE) --upgrade --group load -c requirements/dev.txt --output-file requirements/load.txt
	$(COMPILE) --upgrade requirements/sandbox-candidate.in --output-file requirements/sandbox-candidate.txt
	$(COMPILE) --upgrade -c requirements/sandbox-candidate.txt requirements/sandbox-grader.in \
		--output-file requirements/sandbox-grader.txt
	npm install --package-lock-only --no-fund --no-audit
	@! grep -nE '[a-z]+://|^--(index|extra-index|find-links)|"resolved"' requirements/*.txt package-lock.json | \
		grep -vE '"url": "[a-z]+://[^"]*"$$' || { echo "A lock file names a host (above)."; exit 1; }

compose-test: ## bring docker-compose.yml up, run the browser test against it, take it down
	@scripts/bootstrap test
	@scripts/compose-test
