# The image of the service. Topologies go to /app/topologies, by a mount or by an image of your own `FROM millrace`; settings come
# from the environment (MILLRACE_KAFKA__BROKERS, MILLRACE_REDIS__URL, …). Debian rather than Alpine: the codecs are native libraries.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node, so the one that npm would install stays out.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY config config
COPY schema schema
# What tsc does not copy.
COPY src/service/ui dist/service/ui
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "bin/millrace.js"]
CMD ["run"]
