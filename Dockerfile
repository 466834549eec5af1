# One image for every service: `docker compose` says which one a container runs.

FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/millrace
ENV PATH=/opt/millrace/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Packages first: they change less often than the code.
COPY requirements/ requirements/
RUN pip install --require-hashes -r requirements/build.txt -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY streams/ streams/
COPY tables/ tables/
COPY agents/ agents/
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home millrace && install -d -o millrace /data
COPY --from=build /opt/millrace /opt/millrace
ENV PATH=/opt/millrace/bin:$PATH PYTHONUNBUFFERED=1 MILLRACE_DATA=/data MILLRACE_CACHE=/data/cache
USER millrace
WORKDIR /data
VOLUME /data
# SIGTERM lets a worker finish its transaction and leave its group.
STOPSIGNAL SIGTERM
ENTRYPOINT ["millrace"]
CMD ["--help"]
