# The gateway. Build from the repository's root: docker build -t sallyport .
FROM node:26-bookworm-slim AS build
WORKDIR /app
# What is installed depends on these files alone, and is kept while they stay the same.
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages/shared/package.json packages/shared/
COPY packages/gateway/package.json packages/gateway/
COPY packages/worker/package.json packages/worker/
RUN npx -y pnpm@12.21.0 install --frozen-lockfile --prod --no-optional --filter "@sallyport/gateway..." \
  && rm -rf packages/worker
COPY packages/shared/src packages/shared/src
COPY packages/gateway/src packages/gateway/src
COPY LICENSE ./

FROM node:26-bookworm-slim
ENV NODE_ENV=production \
    DATA_DIR=/var/lib/sallyport \
    CERT_PATH=/etc/ssl/origin.crt \
    KEY_PATH=/etc/ssl/origin.key
# The program belongs to root and the unprivileged user of the base image writes nothing but its data. Root's group may
# write there, too: a parent without CAP_DAC_OVERRIDE, and whoever `docker run --user` names by number, is in it.
COPY --from=build /app /app
RUN ln -s /app/packages/gateway/src/main.ts /usr/local/bin/sallyport \
  && chmod 0755 /app/packages/gateway/src/main.ts \
  && install -d -o node -g root -m 0770 /var/lib/sallyport
VOLUME /var/lib/sallyport
EXPOSE 8443
# The parent starts as root to read a key of mode 0600 and serves as `node`; with --user it is that user throughout.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["sallyport", "health"]
ENTRYPOINT ["sallyport"]
CMD ["serve"]
