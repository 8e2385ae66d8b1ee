FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
# Downloads all dependencies in a layer of their own, so that a change of the sources does not repeat it. One
# source file is enough to download the plugins of the compiler too.
COPY pom.xml ./
COPY .mvn/jvm.config .mvn/
COPY src/main/java/io/switchboard/package-info.java src/main/java/io/switchboard/
RUN mvn -B -ntp package -Dmaven.test.skip -Dspring-boot.repackage.skip
COPY src src
RUN mvn -B -ntp package -Dmaven.test.skip \
    && java -Djarmode=tools -jar target/switchboard.jar extract --layers --destination layers \
    && javac -Xlint:all -Werror -d training src/image/java/io/switchboard/image/Training.java

FROM eclipse-temurin:25-jre
LABEL org.opencontainers.image.version="0.1.0"
RUN groupadd --gid 10001 switchboard \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin switchboard \
    && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/switchboard
WORKDIR /application
COPY --from=build /build/layers/dependencies/ ./
COPY --from=build /build/layers/spring-boot-loader/ ./
COPY --from=build /build/layers/snapshot-dependencies/ ./
COPY --from=build /build/layers/application/ ./
# The training run creates the AOT cache: it starts the service, uses it with 20,000 requests as devices and back ends
# do, and stops it. The cache halves the time of every later start, and has the profiles of the methods that serve traffic, so that
# they are fast from the first minute. It is valid only for this JVM, these jars and these flags; with others the JVM
# prints a warning and starts without it.
RUN --mount=type=bind,from=build,source=/build/training,target=/training \
    java -cp /training io.switchboard.image.Training 20000 \
        java -XX:+UseCompactObjectHeaders -XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError \
        --enable-native-access=ALL-UNNAMED -XX:AOTCacheOutput=switchboard.aot -Xlog:aot=error -jar switchboard.jar \
    && ls -l switchboard.aot
USER 10001:10001
# The loopback interface of a container cannot be reached from outside.
# Health has a port of its own, so that it is answered while all connections of the other port are taken. It is for the
# orchestrator only: do not publish it.
ENV SWITCHBOARD_LISTENERS_DEFAULT_HOST=0.0.0.0 SERVER_ADDRESS=0.0.0.0 SWITCHBOARD_HTTP_HEALTH_PORT=8081
# The database of stored messages is created here when the first message is stored. Nothing else is written, so the root
# file system may be read-only.
ENV SWITCHBOARD_DATA_DIRECTORY=/var/lib/switchboard
VOLUME /var/lib/switchboard
EXPOSE 8000 8080
STOPSIGNAL SIGTERM
# Readiness does not include Redis: a node without Redis is healthy. The base image has neither curl nor wget, so
# bash opens the connection.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/$SERVER_ADDRESS/$SWITCHBOARD_HTTP_HEALTH_PORT \
    && printf 'GET /actuator/health/readiness HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 \
    && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# No garbage collector is set, so that the JVM chooses one for the size of the container, or JAVA_TOOL_OPTIONS
# sets it. Trimming returns about 30 MB of native memory that the JIT compilers used during the start.
ENTRYPOINT ["java", "-XX:+UseCompactObjectHeaders", "-XX:MaxRAMPercentage=75", "-XX:+ExitOnOutOfMemoryError", \
    "-XX:TrimNativeHeapInterval=5000", "--enable-native-access=ALL-UNNAMED", "-XX:AOTCache=switchboard.aot", \
    "-jar", "switchboard.jar"]
