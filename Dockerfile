# The native libraries are compiled where no prebuilt binary fits, so building needs a toolchain and running does not.
FROM node:22-bookworm-slim AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY analysis ./analysis
COPY app ./app
COPY store ./store
RUN npm run build && rm -rf dist/app/demo && npm prune --omit=dev

FROM node:22-bookworm-slim
# The App reads repositories with git, from 2.38 on (merge-tree --write-tree). tini passes signals on, and buries what
# an analysis that was killed leaves behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git tini \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --mode=0700 --owner=node --group=node /data
WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data PORT=3000
# Owned by root: the App cannot change itself. It writes to /data and /tmp alone, so that the rest may be mounted read-only.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY app.yml LICENSE ./
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/app/server.js"]
