# The bundle on a minimal image: no shell, no package manager, no node_modules, not root; it writes no file.
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json build.ts ./
COPY src src
RUN npm run -s build

FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title=regcred-operator org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /src/dist /app
USER 65532:65532
EXPOSE 8080 8081
# The image's entry point is node itself.
CMD ["--max-semi-space-size=2", "--max-old-space-size=256", "--no-concurrent-recompilation", "--no-turbofan", "--liftoff-only", "--no-separate-gc-phases", "--disable-proto=throw", "/app/regcred.js", "run"]
