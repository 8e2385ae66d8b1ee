FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
# Everything that has to be downloaded comes first, so that a change of the sources does not download it
# again. One source file is enough to have the compiler's plugins fetched too.
COPY pom.xml ./
COPY .mvn/jvm.config .mvn/
COPY src/main/java/io/switchboard/package-info.java src/main/java/io/switchboard/
RUN mvn -B -ntp package -Dmaven.test.skip -Dspring-boot.repackage.skip
COPY src src
RUN mvn -B -ntp package -Dmaven.test.skip \
    && java -Djarmode=tools -jar target/switchboard.jar extract --layers --destination layers

FROM eclipse-temurin:25-jre
RUN groupadd --gid 10001 switchboard \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin switchboard
WORKDIR /application
COPY --from=build /build/layers/dependencies/ ./
COPY --from=build /build/layers/spring-boot-loader/ ./
COPY --from=build /build/layers/snapshot-dependencies/ ./
COPY --from=build /build/layers/application/ ./
# One start in the build makes the AOT cache, which halves the time of every start after it. The cache
# fits only this JVM, these jars and these flags; with others the JVM says so and starts without it.
RUN java -XX:+UseCompactObjectHeaders -XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError \
    --enable-native-access=ALL-UNNAMED -XX:AOTCacheOutput=switchboard.aot -Xlog:aot=error \
    -Dspring.context.exit=onRefresh -jar switchboard.jar
USER 10001:10001
# In a container, loopback would be out of reach for everyone else.
ENV SWITCHBOARD_LISTENERS_DEFAULT_HOST=0.0.0.0 SERVER_ADDRESS=0.0.0.0
EXPOSE 8000 8080
STOPSIGNAL SIGTERM
# Readiness: a node whose Redis is away is as healthy as ever. The base image has neither curl nor wget; bash can
# connect by itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/$SERVER_ADDRESS/${SERVER_PORT:-8080} \
    && printf 'GET /actuator/health/readiness HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 \
    && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# No collector is named, so that the JVM picks one for the container's size, or JAVA_TOOL_OPTIONS may.
# Trimming gives back what the compilers needed at the start: some 30 MB.
ENTRYPOINT ["java", "-XX:+UseCompactObjectHeaders", "-XX:MaxRAMPercentage=75", "-XX:+ExitOnOutOfMemoryError", \
    "-XX:TrimNativeHeapInterval=5000", "--enable-native-access=ALL-UNNAMED", "-XX:AOTCache=switchboard.aot", \
    "-jar", "switchboard.jar"]
