# syntax=docker/dockerfile:1
# docker build -t recado .
# docker run -p 127.0.0.1:8000:8000 -v recado-data:/data recado        the token: docker exec ... cat /data/token

FROM debian:bookworm AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates make && rm -rf /var/lib/apt/lists/*
# First what changes seldom: the packages.
COPY third_party/packages.txt third_party/install-packages.sh third_party/install-npm-packages.sh third_party/
RUN third_party/install-packages.sh build run npm
COPY src/ui/package.json src/ui/package-lock.json src/ui/
RUN third_party/install-npm-packages.sh
COPY Makefile CMakeLists.txt CMakePresets.json ./
COPY third_party/cmake third_party/cmake
COPY src src
RUN make build && strip build/release/recado

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      redis-server ca-certificates tzdata \
      libboost-url1.81.0 libcurl4 libhiredis0.14 libssl3 libdate-tz3 libfmt9 libspdlog1.10 libicu72 libmimalloc2.0 libphonenumber8 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin recado \
    && install -d -m 0700 -o recado -g recado /data
COPY LICENSE /usr/share/doc/recado/LICENSE
COPY --from=build /src/build/release/recado /usr/local/bin/recado
USER recado
WORKDIR /data
VOLUME /data
ENV API_HOST=0.0.0.0 DATA_DIR=/data
EXPOSE 8000
# recado drains on SIGTERM, as PID 1 too; give it longer than DRAIN_TIMEOUT: docker stop -t 40
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["recado", "health"]
ENTRYPOINT ["recado"]
CMD ["serve"]
