# The site as two images out of one file: `web` (gunicorn, migrations, commands) and `worker` (workers and the broker).
#
# Wheels that lie in docker/wheels are used instead of a package index, and a front end that was built in the checkout
# is taken as it is, so the build also works where only the host reaches the registries (scripts/compose-prepare fills
# both in). No line names a registry; no secret gets into a layer.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# --- everything is made here ---------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY docker/wheels /wheels
COPY docker/install.sh docker/install.sh
COPY requirements requirements
RUN sh docker/install.sh packages
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY scripts/build-assets.mjs scripts/build-assets.mjs
COPY quizapp quizapp
RUN sh docker/install.sh front-end
COPY sandbox sandbox
COPY worker worker
COPY docker/quizapp /opt/venv/bin/quizapp
RUN sh docker/install.sh bytecode

# --- what both share: an unprivileged user and the Python environment ----------------------------------------------
FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    QUIZAPP_ENV=production QUIZAPP_VAR=/var/lib/quizapp QUIZAPP_QUESTIONS=/app/questions \
    QUIZAPP_BROKER_SOCKET=/run/quizapp/broker.sock
RUN groupadd --system --gid 10001 quizapp \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/quizapp quizapp \
    && mkdir -p /var/lib/quizapp /run/quizapp && chown quizapp:quizapp /var/lib/quizapp /run/quizapp
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY questions questions
COPY --from=build /app/quizapp quizapp
USER quizapp

# --- the web image: of the sandbox only the words it shares with the web -------------------------------------------
FROM base AS web
COPY --from=build /app/sandbox/__init__.py /app/sandbox/protocol.py sandbox/
EXPOSE 8000
# Addresses and referrers hold the text of links; `quizapp.path` is a path without it.
CMD ["gunicorn", "quizapp:create_app()", "--bind", "0.0.0.0:8000", "--config", "python:quizapp.web_process", "--access-logfile", "-", \
     "--access-logformat", "%(h)s %(t)s \"%(m)s %({quizapp.path}e)s %(H)s\" %(s)s %(b)s \"%(a)s\""]

# --- the worker image, also for the broker and for building the sandbox images -------------------------------------
FROM base AS worker
COPY --from=build /app/sandbox sandbox
COPY --from=build /app/worker worker
COPY requirements requirements
CMD ["quizapp", "worker"]
