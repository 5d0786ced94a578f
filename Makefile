# Orderwire: `make run` shows it, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
ORDERS ?= examples/orders.jsonl
PORT ?= 4566
PACE ?= 1
EXPRESS ?= true
APPROVAL ?= 30
STACK ?= orderwire
STAGE ?= dev
TARGET = --stack '$(STACK)' $(if $(REGION),--region '$(REGION)')
CONFIRMED = $(if $(YES),--yes)
.DEFAULT_GOAL := help

.PHONY: help setup setup-dev run bench compare messaging durable-score faults choosing alarms docs errors resources picture deploy destroy deploy-companion delete-companion verify-aws test check browser lint static types unit clean
help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

setup:  ## Make .venv and .venv-engine from the pinned, hashed requirements
	@$(PYTHON) tools/setup.py run

setup-dev:  ## The same, with what the tests need
	@$(PYTHON) tools/setup.py dev

run: setup  ## Start the local cloud, the companion and the page, send the sample orders through it, stay up (ORDERS=file PORT=n PACE=seconds EXPRESS=false APPROVAL=seconds)
	@$(PYTHON) tools/graphiql.py; page=$$($(PYTHON) tools/web.py) && exec $(BIN)/python -m localcloud appsync/template.yaml \
	    --stack-name orderwire --port $(PORT) --parameter PaceSeconds=$(PACE) \
	    --parameter ExpressOrders=$(EXPRESS) --parameter ApprovalSeconds=$(APPROVAL) \
	    --parameter AllowPrivateWebhooks=true --parameter ExtraIntakes=true --parameter ImportPace=12 \
	    --parameter Analytics=true --parameter AnalyticsWindowSeconds=5 --parameter AnalyticsBufferSeconds=15 \
	    --ready-file .local/ready.json --log-file .local/localcloud.log --warm $$page \
	    --also '$(BIN)/python tools/companion.py deploy --stage local --stack orderwire' \
	    --run '$(BIN)/python -m demo --orders $(ORDERS)'

# Starts use the compiled modules of earlier ones, whatever the environment says.
bench: export PYTHONDONTWRITEBYTECODE =
bench: setup  ## Measure what is promised (BENCH=name, BASE=commit to compare with by TURNS=n, QUICK=1, STRICT=1)
	@$(BIN)/python -m bench $(BENCH) $(if $(BASE),--base '$(BASE)') $(if $(TURNS),--turns '$(TURNS)') $(if $(QUICK),--quick) $(if $(STRICT),--strict)

compare: setup  ## Compare the channels on the local cloud that `make run` keeps up (COUNT=orders)
	@bin/orderwire compare --orders $(or $(COUNT),100)

messaging: setup  ## Measure queues, streams and ways of calling with faults, and write docs/messaging-or-streaming.md (REPORT=file writes it from that, QUICK=1 measures shortly and prints it)
	@$(BIN)/python -m tools.messaging $(if $(QUICK),--quick) $(if $(REPORT),'$(REPORT)')

durable-score: setup  ## Measure AWS's conformance suite for durable functions, and write the score into docs/durable.md (SOURCE=a clone of the SDK's repository)
	@$(BIN)/python -m tools.durable_score $(if $(SOURCE),--source '$(SOURCE)')

faults: setup  ## Send orders through a local cloud of its own while everything that can fail does, and check the books (COUNT=orders SEED=n)
	@$(BIN)/python -m campaign --orders $(or $(COUNT),2000) $(if $(SEED),--seed $(SEED))

choosing: setup  ## Make docs/choosing.md and the page's model from the model and a report of the comparison (REPORT=file puts that in the place of the last)
	@$(BIN)/python -m tools.choosing $(if $(REPORT),'$(REPORT)')
	@$(BIN)/python -m tools.web_model

errors: setup  ## Make the facts and the list of docs/errors from the tables of errors
	@$(BIN)/python -m tools.error_pages

docs: setup-dev  ## Build the documentation as a site into build/site; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

alarms: setup  ## Make docs/alarms.md from the template's alarms
	@$(BIN)/python -m tools.alarms

resources: setup  ## Make docs/resources.md from the tables of resource types (COUNT=clone of the pattern collection counts again)
	@$(BIN)/python -m tools.resources $(if $(COUNT),--count '$(COUNT)')

picture: setup-dev  ## Take the README's pictures of the page that `make run` serves, light and dark
	@$(BIN)/python -m tools.picture

deploy: setup  ## Deploy to AWS, or to the local cloud that AWS_ENDPOINT_URL names (STACK=name REGION=name [PARAMETERS="Key=value …"] [YES=1])
	@$(BIN)/python -m localcloud.stack deploy appsync/template.yaml $(TARGET) $(addprefix --parameter ,$(PARAMETERS)) $(CONFIRMED)

destroy: setup  ## Delete the stack; orders, stock and users stay, and it tells where (STACK=name REGION=name [YES=1])
	@$(BIN)/python -m localcloud.stack destroy $(TARGET) $(CONFIRMED)

deploy-companion: setup  ## Deploy the companion on top of the stack, with chalice deploy (STACK=name REGION=name STAGE=name)
	@$(BIN)/python tools/companion.py deploy --stage '$(STAGE)' $(TARGET)

delete-companion: setup  ## Delete what deploy-companion made (STAGE=name REGION=name)
	@$(BIN)/python tools/companion.py delete --stage '$(STAGE)' $(if $(REGION),--region '$(REGION)')

verify-aws: setup  ## Check a deployed stack with a temporary user and two orders (STACK=name REGION=name [YES=1])
	@$(BIN)/python -m verify $(TARGET) $(CONFIRMED)

# All at once: the tests wait for local clouds, and the types are checked meanwhile.
test: setup-dev  ## Everything that must hold, in two to three minutes
	@$(MAKE) --no-print-directory -j 3 static types unit

# Local clouds, functions and command lines are processes: each would compile the modules again.
unit: export PYTHONDONTWRITEBYTECODE =
unit: setup-dev
	$(BIN)/python -m pytest --workers auto -m "not slow" --hypothesis-profile quick

browser: setup-dev  ## Find a Chromium for the tests of the page; as root on Debian, install it
	@$(PYTHON) bench/browser.py

check: setup-dev browser lint types  ## `make test` with `make lint` and the slow tests
	$(BIN)/python -m pytest

# The stack's template with its fragments, and those that it nests.
TEMPLATES := appsync/template.yaml $(wildcard appsync/stack/*.yaml appsync/stack/*/*.yaml appsync/nested/*.yaml)

static: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=chalice_app $(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.lint_template cfn-lint
	$(BIN)/python -m localcloud check appsync/template.yaml --strict

lint: static .local/checkov.passed  ## ruff, import-linter, cfn-lint, our own checks of the template; checkov, and the documentation's site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Seven seconds of processor time, and its answer depends on these files alone. It asks no server.
.local/checkov.passed: $(TEMPLATES) .checkov.yaml requirements/checkov.txt | setup-dev
	$(BIN)/python -m tools.lint_template checkov
	@touch $@

types: setup-dev  ## mypy, strict
	$(BIN)/mypy .
	$(BIN)/mypy --python-executable .venv-engine/bin/python --config-file localcloud/engine/mypy.ini localcloud/engine

clean:  ## Remove what the set-up and the runs have made
	rm -rf .venv .venv-engine .venv-checkov .local build web/node_modules web/dist web/.generated localcloud/graphiql/node_modules bench/peers/node_modules tests/appsync_clients/node/node_modules tests/deliveries/node/node_modules tests/aws_rules/*/node_modules tests/states/*/node_modules tests/states/validation/*/node_modules tests/iam/*/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
