# Every target that a person calls has a `##` comment: `make help` is made of them.
VENV := .venv
comma := ,
PYTHON := $(VENV)/bin/python
LOCK := requirements/lock.txt
INSTALLED := $(VENV)/.installed
DVC_LOCK := requirements/dvc-lock.txt
DVC_INSTALLED := $(VENV)/dvc/.installed
# PROBLEM=name asks for one problem; `run` and `start` run all of them where it is empty, every
# other target the default one.
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

# How many test files run at a time. Whole stacks come first, the many short ones last.
TEST_WORKERS ?= 2

# Without byte code every service would compile its libraries anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: $(shell awk -F: '/^[a-z-]+:.*\#\# / {print $$1}' Makefile)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(INSTALLED) ## Make the environment (.venv) from the lock, where it changed

up: ## Start everything in containers, with a first model (Docker; PROBLEM=name)
	@sh infra/compose/up.sh "$(PROBLEM)"

halt: ## Stop the containers; `make up` goes on with the same data
	@docker compose --profile run stop

down: ## Remove the containers with all their data; .env and the images stay
	@docker compose --profile '*' down --volumes --remove-orphans

run: $(INSTALLED) ## Start everything, run the pipelines, stay up until Ctrl-C (PROBLEM=name)
	@$(EMBEDDED) run

start: $(INSTALLED) ## The same in the background
	@$(EMBEDDED) start

status: $(INSTALLED) ## Show which services are up, and where
	@$(EMBEDDED) status

stop: $(INSTALLED) ## Stop everything
	@$(EMBEDDED) stop

smoke: $(INSTALLED) ## Run to the first prediction, print one line of JSON, stop (PROBLEM=name)
	@$(EMBEDDED) smoke

laptop: $(INSTALLED) ## Serve one bundle from disk, nothing else (BUNDLE=path, PROBLEM=name, PAGES=1)
	@$(PYTHON) -m infra.laptop --problem "$(PROBLEM)" --bundle "$${BUNDLE:?name it: BUNDLE=path}" $(if $(PAGES),--pages)

models: $(INSTALLED) ## List the versions of the model, their stages and verdicts (PROBLEM=name)
	@$(REGISTRY) list

export-bundle: $(INSTALLED) ## Write the production bundle for a laptop (TO=path or TO=path.zip, PROBLEM=name)
	@$(REGISTRY) export --to "$${TO:?name the target: TO=path, or TO=path.zip}"

rollback: $(INSTALLED) ## Put the version before back into production (WHY="...", PROBLEM=name)
	@$(REGISTRY) rollback --why "$$WHY"

dvc: $(DVC_INSTALLED) ## Install DVC, in an environment of its own

repro: $(INSTALLED) $(DVC_INSTALLED) ## Run the stages of dvc.yaml that are out of date
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" dvc repro

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
	@$(PYTHON) -m pytest -q -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder \
	  -m 'not fault and not soak'

test-faults: $(INSTALLED) $(DVC_INSTALLED) ## Run the long tests: servers killed and stopped under load
	@$(PYTHON) -m pytest -q -m 'fault and not soak'

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

check-deploy: $(INSTALLED) ## Check images, workflows and Compose, and look for secrets
	@$(VENV)/bin/hadolint $$(git ls-files '*.dockerfile')
	@$(VENV)/bin/actionlint -shellcheck= -pyflakes=
	@$(VENV)/bin/zizmor --quiet --offline .github
	@git ls-files -z -- ':!tests' ':!ui/vocabularies' ':!requirements' | xargs -0 $(VENV)/bin/detect-secrets-hook \
	  --exclude-secrets '^(password|owner|target|change-me.*|\.env\.example)$$' \
	  --exclude-lines 'sha256|_digest|cookie_secret|client_secret|secretKey|secretName|\.env\.example'
	@git ls-files -z -- tests | xargs -0 $(VENV)/bin/detect-secrets-hook --disable-plugin KeywordDetector \
	  --disable-plugin BasicAuthDetector --disable-plugin HexHighEntropyString
	@if command -v docker >/dev/null; then \
	  COMPOSE_PROFILES='*' docker compose --env-file .env.example config --quiet; fi

rehearse: $(INSTALLED) ## Rehearse the containers: build, start, learn, scale, kill, restore, remove
	@$(PYTHON) -m infra.compose.rehearse $(REHEARSE)

backup: ## Save databases, artifacts and keys of the running containers (TO=folder)
	@sh infra/compose/backup.sh "$(TO)"

restore: ## Put a backup back (FROM=folder)
	@sh infra/compose/restore.sh "$(FROM)"

audit: $(INSTALLED) ## Ask whether a locked dependency has a known vulnerability (network)
	@$(VENV)/bin/pip-audit --require-hashes --disable-pip --requirement $(LOCK)

licences: $(INSTALLED) ## List the licences of what the lock installs in docs/licences.md
	@{ printf '# Licences\n\nWhat the lock installs, as `make licences` found it: libraries of the services\nand tools of developers alike.\n\n'; \
	  $(VENV)/bin/pip-licenses --format=markdown --order=license; } >docs/licences.md

format: $(INSTALLED) ## Format the code, and mend what the linter can
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(INSTALLED) ## Resolve requirements/*.in into the lock
	@$(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --universal \
	  --python-version 3.11 requirements/dev.in -o $(LOCK)
	@$(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --universal \
	  --python-version 3.11 requirements/dvc.in -o $(DVC_LOCK)

bench-ingest: $(INSTALLED) ## Measure the ingest against a bare \copy (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_ingest --source $(SOURCE)

bench-batch: $(INSTALLED) ## Measure batches and explanations beside the bare model (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_batch --source '$(SOURCE)'

bench-serving: $(INSTALLED) ## Measure predictions a second beside a ceiling and others (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_serving --source '$(SOURCE)'

bench-model: $(INSTALLED) ## Search the best models and measure them over six splits (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_model --source '$(SOURCE)'

bench-start: $(INSTALLED) ## Measure the start of a laptop beside its imports (BUNDLE=path)
	@$(PYTHON) -m benchmarks.bench_start --bundle '$(BUNDLE)'

bench-load: $(INSTALLED) ## Find how many users one worker bears, 1 to 1,000 (SOURCE=path); 2 cores, 5 minutes
	@$(PYTHON) -m benchmarks.bench_load --source '$(SOURCE)'

clean: ## Stop everything and remove its state: databases, models, logs, secrets
	@if [ -x $(PYTHON) ]; then $(EMBEDDED) stop; fi
	@state="$${VIGIA_STATE_DIR:-.vigia}"; if [ -f "$$state/lock" ]; then rm -rf "$$state"; fi

$(INSTALLED): $(LOCK)
	@sh infra/embedded/setup.sh $(VENV) $(LOCK)
	@$(PYTHON) -c 'import ml.bundle' # compiles the few loops that the first start would
	@touch $@

$(DVC_INSTALLED): $(DVC_LOCK) $(INSTALLED)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh infra/embedded/setup.sh $(VENV)/dvc $(DVC_LOCK)
	@ln -sf ../dvc/bin/dvc $(VENV)/bin/dvc
	@touch $@
