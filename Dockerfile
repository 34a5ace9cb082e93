# The image of the service. Topologies go to /app/topologies, by a mount or by an image of your own `FROM millrace`; settings come from
# the environment (MILLRACE_KAFKA__BROKERS, MILLRACE_REDIS__URL, …) or from files in /app/config. It writes nothing to its own files,
# so it also runs with a read-only root. Debian rather than Alpine: the codecs are native libraries.

# Any Debian with Node 24 or newer and its npm.
ARG BASE=node:24-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No scripts: the image brings its own Node, so the one that npm would install stays out.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${BASE}
WORKDIR /app
# A container is reached from outside or not at all; /api still wants a token.
ENV NODE_ENV=production MILLRACE_HTTP__HOST=0.0.0.0
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY config config
COPY schema schema
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="Kafka-native stream processing with the semantics of Spark Structured Streaming" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MILLRACE_HTTP__PORT || 8080}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/millrace.js"]
CMD ["run"]
