# syntax=docker/dockerfile:1
# BlitzRocket for production: no embedded database, no tests, no compilers. See docs/deploy.md.

FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=blitzrocket.settings \
    STATIC_ROOT=/app/static \
    BIND=0.0.0.0:8000
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin blitzrocket
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py gunicorn.conf.py pyproject.toml ./
COPY blitzrocket blitzrocket
COPY contests contests
COPY apikeys apikeys
COPY purchases purchases
COPY templates templates
# Collecting needs settings but neither a database nor a secret; these values stay in this step.
RUN SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=postgresql:///build python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "run_web"]
