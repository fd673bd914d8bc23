# Every target that a person calls has a `##` comment: `make help` is made of them.
VENV := .venv
PYTHON := $(VENV)/bin/python
LOCK := requirements/lock.txt
INSTALLED := $(VENV)/.installed
# PROBLEM=name asks for another problem than the default one.
PROBLEM ?=
EMBEDDED := $(PYTHON) -m infra.embedded --problem "$(PROBLEM)"
REGISTRY := VIGIA_MLFLOW_TRACKING_URI="$${VIGIA_MLFLOW_TRACKING_URI:-http://127.0.0.1:$${VIGIA_MLFLOW_PORT:-5000}}" \
  $(PYTHON) -m ml.registry --problem "$(PROBLEM)"

# Without byte code every service would compile its libraries anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up down halt run start status stop smoke models rollback test test-faults test-soak check format lock bench-ingest bench-batch bench-serving bench-model clean check-deploy rehearse backup restore audit licences

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(INSTALLED) ## Make the environment (.venv) from the lock, where it changed

up: ## Start everything in containers, with a first model (Docker; PROBLEM=name)
	@sh infra/compose/up.sh "$(PROBLEM)"

halt: ## Stop the containers; `make up` goes on with the same data
	@docker compose --profile run stop

down: ## Remove the containers with all their data; .env and the images stay
	@docker compose --profile '*' down --volumes --remove-orphans

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
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/uv pip install --dry-run --offline --python $(PYTHON) \
	  -r requirements/dev.in 2>&1 | grep -q 'Would make no changes' || \
	  { echo '$(LOCK) does not fit requirements/*.in: run `make lock`' >&2; exit 1; }

check-deploy: $(INSTALLED) ## Check images, workflows and Compose, and look for secrets
	@$(VENV)/bin/hadolint $$(git ls-files '*.dockerfile')
	@$(VENV)/bin/actionlint -shellcheck= -pyflakes=
	@$(VENV)/bin/zizmor --quiet --offline .github
	@git ls-files -z -- ':!tests' ':!ui/vocabularies' ':!$(LOCK)' | xargs -0 $(VENV)/bin/detect-secrets-hook \
	  --exclude-secrets '^(password|owner|target|change-me.*|\.env\.example)$$' \
	  --exclude-lines 'sha256|@sha256:|_digest|cookie_secret|client_secret' 
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

bench-ingest: $(INSTALLED) ## Measure the ingest against a bare \copy (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_ingest --source $(SOURCE)

bench-batch: $(INSTALLED) ## Measure batches and explanations beside the bare model (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_batch --source '$(SOURCE)'

bench-serving: $(INSTALLED) ## Measure predictions a second beside a ceiling and others (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_serving --source '$(SOURCE)'

bench-model: $(INSTALLED) ## Search the best models and measure them over six splits (SOURCE=path)
	@$(PYTHON) -m benchmarks.bench_model --source '$(SOURCE)'

clean: ## Stop everything and remove its state: databases, models, logs, secrets
	@if [ -x $(PYTHON) ]; then $(EMBEDDED) stop; fi
	@state="$${VIGIA_STATE_DIR:-.vigia}"; if [ -f "$$state/lock" ]; then rm -rf "$$state"; fi

$(INSTALLED): $(LOCK)
	@sh infra/embedded/setup.sh $(VENV) $(LOCK)
	@touch $@
