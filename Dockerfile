# syntax=docker/dockerfile:1
# The server and its console, in an image without a shell that runs as a user without rights.
#
#   docker build --build-arg TENANTATLAS_COMMIT="$(git rev-parse --short HEAD)" --tag tenantatlas .

FROM node:22-bookworm-slim AS node

FROM rust:1.95.0-slim-bookworm AS build
# OpenSSL, which libpq is built with, is configured by perl and built by make.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make perl \
    && rm -rf /var/lib/apt/lists/*
# build.rs has npm build the console.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY . .
# Otherwise rustup would fetch the linters that rust-toolchain.toml asks for.
ENV RUSTUP_TOOLCHAIN=1.95.0 \
    TENANTATLAS_CONSOLE=required
# There is no repository in here that could tell it.
ARG TENANTATLAS_COMMIT=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked \
    && install -D target/release/tenantatlas /image/usr/local/bin/tenantatlas \
    && install -d -m 0700 /image/var/lib/tenantatlas

# glibc, the authorities of the web, and nothing else.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="TenantAtlas" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/usr/local/bin/tenantatlas /usr/local/bin/tenantatlas
COPY --from=build --chown=65532:65532 /image/var/lib/tenantatlas /var/lib/tenantatlas
ENV TENANTATLAS_LISTEN=0.0.0.0:8080 \
    TENANTATLAS_DATA_DIR=/var/lib/tenantatlas \
    TENANTATLAS_LOG_FORMAT=json
USER 65532:65532
VOLUME /var/lib/tenantatlas
# Metrics are told inside the container alone, unless TENANTATLAS_METRICS_LISTEN says otherwise, as compose.yaml does.
EXPOSE 8080
# No HEALTHCHECK: nothing in here could ask. Whoever sends requests asks GET /readyz, and whoever restarts asks GET
# /healthz, over the network: the proxy, or the probes of an orchestrator.
ENTRYPOINT ["/usr/local/bin/tenantatlas"]
CMD ["serve"]
