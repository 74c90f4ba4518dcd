# The gateway, and the other programs of dist/ by another command. See compose.yml for several of them.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Before the sources, so that a change of those leaves the installation as it is. The build is not run yet.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATABASE_URL=/data/store
# The embedded store, where DATABASE_URL names no server. Its lock lies beside it, so it is a directory of the volume.
RUN mkdir /data && chown node:node /data
VOLUME /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# GraphiQL's page, and the examples in its tabs.
COPY assets ./assets
COPY docs/examples ./docs/examples
USER node
EXPOSE 4000
# Ready, not merely alive: a gateway that drains, or that can't reach its database, should be sent no work.
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
# Not by npm: it would start a shell, and the shell passes no signal on.
CMD ["node", "dist/main.js"]
