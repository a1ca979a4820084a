# Build: better-sqlite3 is compiled where no prebuilt binary can be had.
FROM node:24-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY scripts/build-page.ts ./scripts/
RUN npm run build && npm prune --omit=dev
RUN mkdir /data

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY schemas ./schemas
COPY migrations ./migrations
COPY --from=build --chown=10001:10001 /data /data
# Off loopback the service refuses to start without OCM_INGEST_TOKENS and OCM_READ_TOKENS; it says so.
ENV NODE_ENV=production \
    OCM_HOST=0.0.0.0 \
    OCM_STORE=sqlite:/data/ocs-monitor.db
VOLUME /data
EXPOSE 8080
USER 10001:10001
# Draining takes up to 1.2 intervals (OCM_DRAIN_TIMEOUT): stop with `docker stop --time 30`, or posts may be lost.
HEALTHCHECK --interval=15s --timeout=6s --start-period=10s CMD ["node", "dist/main.js", "healthcheck"]
CMD ["node", "dist/main.js", "serve"]
