package io.switchboard.http.ui;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.resource.PathResourceResolver;
import org.springframework.web.servlet.resource.ResourceResolverChain;
import org.webjars.WebJarVersionLocator;

/**
 * Serves the files of the pages, those of WebJars at URLs without a version. The versions are
 * looked up at the start: Spring's resolver for such URLs would look up each name that a client
 * requests, and would keep unknown ones for ever.
 */
@Configuration(proxyBeanMethods = false)
public class PageFiles implements WebMvcConfigurer {
    /**
     * The files of WebJars. Spring takes the path from the first wildcard on as the file's name.
     */
    private static final List<String> WEB_JARS =
            List.of(
                    "lit-html/*.js",
                    "lit-html/directives/*.js",
                    "uplot/dist/uPlot.*",
                    "swagger-ui/swagger-ui.c*",
                    "swagger-ui/swagger-ui-bundle.*");

    private static final List<String> OWN = List.of("/ui/**", "/openapi.*");

    /**
     * Keeps the content of each file that was requested, also compressed. From a jar, each request
     * and each of its ranges would inflate the file again, and a client that does not read would
     * keep it open.
     */
    private static final class ContentResolver extends PathResourceResolver {
        private final Map<String, PageContent> contents = new ConcurrentHashMap<>();

        @Override
        protected @Nullable Resource getResource(String path, Resource location)
                throws IOException {
            Resource file = super.getResource(path, location);
            return file == null
                    ? null
                    : contents.computeIfAbsent(
                            file.getURL().toString(), _ -> PageContent.read(file));
        }

        @Override
        protected @Nullable Resource resolveResourceInternal(
                @Nullable HttpServletRequest request,
                String path,
                List<? extends Resource> locations,
                ResourceResolverChain chain) {
            Resource file = super.resolveResourceInternal(request, path, locations, chain);
            return request != null && file instanceof PageContent content
                    ? content.answer(request)
                    : file;
        }
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        WebJarVersionLocator locator = new WebJarVersionLocator();
        OWN.forEach(
                files ->
                        add(
                                registry,
                                files,
                                "static" + files.substring(0, files.lastIndexOf('/') + 1)));
        for (String files : WEB_JARS) {
            int slash = files.indexOf('/');
            String jar = files.substring(0, slash);
            String version = Objects.requireNonNull(locator.version(jar), () -> "no WebJar " + jar);
            String folder = files.substring(0, files.lastIndexOf('/') + 1).substring(slash + 1);
            add(
                    registry,
                    "/webjars/" + files,
                    "META-INF/resources/webjars/%s/%s/%s".formatted(jar, version, folder));
        }
    }

    private static void add(ResourceHandlerRegistry registry, String pattern, String folder) {
        registry.addResourceHandler(pattern)
                .addResourceLocations("classpath:/" + folder)
                .resourceChain(false)
                .addResolver(new ContentResolver());
    }

    /** Returns the patterns of the paths of all files. */
    public static List<String> paths() {
        return Stream.concat(OWN.stream(), WEB_JARS.stream().map(files -> "/webjars/" + files))
                .toList();
    }
}
