# Build: better-sqlite3 is compiled where no prebuilt binary can be had. The base is a full version, so that the same
# commit makes the same image: raise it with each security release of Node 24.
FROM node:24.22.3-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY web ./web
COPY schemas ./schemas
COPY scripts/build-page.ts scripts/build-program.ts scripts/bundle-program.ts scripts/compiled-checks.ts ./scripts/
COPY scripts/sbom.ts scripts/bill-of-materials.ts scripts/shipped-packages.ts ./scripts/
RUN npm run build && npm run sbom && npm prune --omit=dev
# What the driver was compiled from, and what is read only by those who develop: not needed any more.
RUN rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src && \
    find node_modules/better-sqlite3/build -type f ! -path '*/build/Release/better_sqlite3.node' -delete && \
    find dist node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete && \
    find node_modules -type f -name '*.md' ! -iname 'licen*' -delete && \
    rm -rf node_modules/csv-parse/dist/umd node_modules/csv-parse/dist/iife && \
    rm -rf node_modules/*/test node_modules/@*/*/test && \
    find node_modules -type d -empty -delete
COPY migrations ./migrations
# Whatever the umask of the checkout was: the service's user has to read them, and equal commits make equal images.
RUN chmod -R u=rwX,go=rX package.json schemas migrations && mkdir /data

FROM node:24.22.3-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/schemas ./schemas
COPY --from=build /app/migrations ./migrations
COPY --from=build --chown=10001:10001 /data /data
# Off loopback the service refuses to start without tokens; it says so. OCM_INGEST_TOKENS_FILE and
# OCM_READ_TOKENS_FILE name mounted secrets.
ENV NODE_ENV=production \
    OCM_HOST=0.0.0.0 \
    OCM_STORE=sqlite:/data/ocs-monitor.db \
    OCM_STATE_FOLDER=/data
VOLUME /data
EXPOSE 8080
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
# Draining takes up to 1.2 intervals (OCM_DRAIN_TIMEOUT): stop with `docker stop --time 30`, or posts may be lost.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=10s CMD ["node", "dist/main.js", "healthcheck"]
# What it was built from: `docker build --build-arg REVISION=$(git rev-parse HEAD) .`
ARG REVISION=""
LABEL org.opencontainers.image.title="ocs-campaign-monitor" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# No shell and no init between: signals reach the supervisor, which waits for its one child. HUP replaces the child.
CMD ["node", "dist/main.js", "serve"]
