# Everything of ours that runs in containers. Two images come out of it:
#   services  chat, auth and their migrations; the command decides which
#   gateway   Nginx with the built page
FROM node:24.21.0-trixie-slim AS build
RUN npm install --global pnpm@12.21.0
WORKDIR /moim
# Downloaded again only when the lock file has changed.
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
RUN pnpm fetch
COPY . .
# What is built needs the development dependencies of its own package; the others stay out.
ENV pnpm_config_verify_deps_before_run=false
RUN pnpm install --offline --frozen-lockfile --filter-prod @moim/auth... --filter-prod @moim/chat... --filter-prod @moim/web...
RUN pnpm --filter @moim/auth --filter @moim/chat --filter @moim/web build \
 && node infra/docker/compress.mjs web/dist \
 && pnpm --filter @moim/auth deploy --legacy --offline --prod /out/auth \
 && pnpm --filter @moim/chat deploy --legacy --offline --prod /out/chat \
 && chmod -R a+rX /out web/dist infra
# Copied from here, where everybody may read it, whatever the checkout's umask was.

FROM node:24.21.0-trixie-slim AS services
ENV NODE_ENV=production
WORKDIR /moim
COPY --from=build /out/auth auth
COPY --from=build /out/chat chat
COPY --from=build /moim/infra/docker/alive.sh /moim/infra/docker/migrate.sh ./
USER node

FROM nginx:1.28.0-bookworm AS gateway
COPY --from=build /moim/infra/nginx /etc/moim/nginx
COPY --from=build /moim/infra/docker/gateway.sh /usr/local/bin/gateway
COPY --from=build /moim/web/dist /usr/share/moim/web
RUN chmod 755 /usr/local/bin/gateway
USER nginx
ENTRYPOINT ["gateway"]
CMD []
