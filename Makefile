# Every target that a person calls has a `##` comment: `make help` is made of them.
VENV := .venv
comma := ,
PYTHON := $(VENV)/bin/python
LOCK := requirements/lock.txt
INSTALLED := $(VENV)/.installed
# PROBLEM=name asks for another problem than the default one.
PROBLEM ?=
EMBEDDED := $(PYTHON) -m infra.embedded --problem "$(PROBLEM)"
# Who asks, and how many: `make load SCENARIO=Explain SHAPE=spike USERS=100`.
SCENARIO ?= Ward
SHAPE ?=
USERS ?= 50
TIME ?= 1m
LOAD := $(VENV)/bin/locust --host "$${VIGIA_LOAD_HOST:-http://127.0.0.1:$${VIGIA_API_PORT:-8000}}" \
  -f locust/users.py$(if $(SHAPE),$(comma)locust/shape_$(SHAPE).py)
REGISTRY := VIGIA_MLFLOW_TRACKING_URI="$${VIGIA_MLFLOW_TRACKING_URI:-http://127.0.0.1:$${VIGIA_MLFLOW_PORT:-5000}}" \
  $(PYTHON) -m ml.registry --problem "$(PROBLEM)"

# Without byte code every service would compile its libraries anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run start status stop smoke models rollback load load-ui dashboards test test-faults test-soak check format lock bench-ingest bench-batch bench-serving bench-model bench-load clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(INSTALLED) ## Make the environment (.venv) from the lock, where it changed

run: $(INSTALLED) ## Start everything, run the pipeline, stay up until Ctrl-C (PROBLEM=name)
	@$(EMBEDDED) run

start: $(INSTALLED) ## The same in the background
	@$(EMBEDDED) start

status: $(INSTALLED) ## Show which services are up, and where
	@$(EMBEDDED) status

stop: $(INSTALLED) ## Stop everything
	@$(EMBEDDED) stop

smoke: $(INSTALLED) ## Run to the first prediction, print one line of JSON, stop
	@$(EMBEDDED) smoke

models: $(INSTALLED) ## List the versions of the model, their stages and verdicts (PROBLEM=name)
	@$(REGISTRY) list

rollback: $(INSTALLED) ## Put the version before back into production (WHY="...", PROBLEM=name)
	@$(REGISTRY) rollback --why "$$WHY"

load: $(INSTALLED) ## Load the running API without a page (SCENARIO=Ward USERS=50 TIME=1m, or SHAPE=ramp|spike|soak)
	@mkdir -p "$${VIGIA_STATE_DIR:-.vigia}/load"
	@$(LOAD) $(SCENARIO) --headless --only-summary --stop-timeout 10 \
	  $(if $(SHAPE),,--users $(USERS) --spawn-rate 10 --run-time $(TIME)) \
	  --html "$${VIGIA_STATE_DIR:-.vigia}/load/report.html" --csv "$${VIGIA_STATE_DIR:-.vigia}/load/figures"

load-ui: $(INSTALLED) ## The same with Locust's page on http://127.0.0.1:8089
	@$(LOAD) --class-picker --web-host 127.0.0.1

dashboards: $(INSTALLED) ## Write Grafana's dashboards anew from infra/grafana
	@$(PYTHON) -m infra.grafana

test: $(INSTALLED) ## Run the tests
	@$(PYTHON) -m pytest -q -m 'not fault and not soak'

test-faults: $(INSTALLED) ## Run the long tests: servers killed and stopped under load
	@$(PYTHON) -m pytest -q -m fault

test-soak: $(INSTALLED) ## Run the longest tests: whole trainings, ten thousand requests
	@$(PYTHON) -m pytest -q -m soak

check: $(INSTALLED) ## Check format, lint, types, directions of imports, and the lock
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy .
	@cd locust && MYPYPATH=.. ../$(VENV)/bin/mypy --config-file ../pyproject.toml --exclude '^$$' *.py
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/uv pip install --dry-run --offline --python $(PYTHON) \
	  -r requirements/dev.in 2>&1 | grep -q 'Would make no changes' || \
	  { echo '$(LOCK) does not fit requirements/*.in: run `make lock`' >&2; exit 1; }

format: $(INSTALLED) ## Format the code, and mend what the linter can
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(INSTALLED) ## Resolve requirements/*.in into the lock
	@$(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --universal \
	  --python-version 3.11 requirements/dev.in -o $(LOCK)

bench-ingest: $(INSTALLED) ## Measure the ingest against a bare \copy (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_ingest --source $(SOURCE)

bench-batch: $(INSTALLED) ## Measure batches and explanations beside the bare model (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_batch --source '$(SOURCE)'

bench-serving: $(INSTALLED) ## Measure predictions a second beside a ceiling and others (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_serving --source '$(SOURCE)'

bench-model: $(INSTALLED) ## Search the best models and measure them over six splits (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_model --source '$(SOURCE)'

bench-load: $(INSTALLED) ## Find how many users one worker bears, 1 to 1,000 (SOURCE=path); 2 cores, 5 minutes
	@$(PYTHON) -m benchmarks.bench_load --source '$(SOURCE)'

clean: ## Stop everything and remove its state: databases, models, logs, secrets
	@if [ -x $(PYTHON) ]; then $(EMBEDDED) stop; fi
	@state="$${VIGIA_STATE_DIR:-.vigia}"; if [ -f "$$state/lock" ]; then rm -rf "$$state"; fi

$(INSTALLED): $(LOCK)
	@sh infra/embedded/setup.sh $(VENV) $(LOCK)
	@touch $@
