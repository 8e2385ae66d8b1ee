package io.switchboard.http.access;

import static org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher.pathPattern;

import io.switchboard.http.audit.Audit;
import io.switchboard.http.ui.PageFiles;
import io.switchboard.http.ui.PagesController;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.FilterChainProxy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.savedrequest.NullRequestCache;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatchers;

/**
 * Two chains of Spring Security's filters: the usual one before Spring's servlet (the API, the
 * actuator, the pages), and a lean one before the servlets of {@code /send} and {@code /events},
 * because the usual one costs more than a send. Both authenticate, authorise and refuse alike.
 *
 * <p>A chain is registered by servlet, not by path, so it protects its servlet however a client
 * spells the URL. There is no session, so a cross-site request forgery (CSRF) has nothing to use.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    /**
     * The files of the pages, which contain no data. They are open to every client, also through
     * links on other sites; a page asks its user for the token.
     */
    private static final RequestMatcher PAGES =
            RequestMatchers.anyOf(
                    RequestMatchers.allOf(
                            PagesController::acceptsHtml, pathPattern(HttpMethod.GET, "/")),
                    RequestMatchers.anyOf(
                            PageFiles.paths().stream()
                                    .map(path -> pathPattern(HttpMethod.GET, path))
                                    .toArray(RequestMatcher[]::new)),
                    pathPattern(HttpMethod.GET, "/docs"),
                    pathPattern(HttpMethod.GET, "/docs/{name}"));

    /**
     * Switches observation off: it wraps each refusal in a second exception with a stack trace, and
     * no documented meter comes from it.
     */
    @Bean
    static SecurityObservationSettings noObservations() {
        return SecurityObservationSettings.noObservations();
    }

    @Bean
    SecurityFilterChain chain(
            HttpSecurity http, AccessPolicy policy, Cors cors, AccessRefusalHandler refusal) {
        return http.csrf(AbstractHttpConfigurer::disable)
                .headers(AbstractHttpConfigurer::disable) // SecurityHeadersFilter sets them
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterAfter(new Audit(), SecurityContextHolderFilter.class)
                .addFilterBefore(
                        new CrossOriginFilter(PAGES, cors, refusal),
                        AnonymousAuthenticationFilter.class)
                .addFilterBefore(policy.authentication(), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(
                        requests ->
                                requests.requestMatchers(PAGES, pathPattern("/actuator/health/**"))
                                        .permitAll()
                                        .anyRequest()
                                        .access(
                                                (authentication, context) ->
                                                        policy.authorizeByPath(
                                                                authentication,
                                                                context.getRequest())))
                .exceptionHandling(
                        denied ->
                                denied.authenticationEntryPoint(refusal)
                                        .accessDeniedHandler(refusal))
                .build();
    }

    /**
     * Registers the usual chain for REQUEST dispatches only, as the lean one is: an error dispatch
     * shows nothing about peers.
     */
    @Bean
    DelegatingFilterProxyRegistrationBean chainRegistration(
            DispatcherServletRegistrationBean spring) {
        return new DelegatingFilterProxyRegistrationBean("springSecurityFilterChain", spring);
    }

    @Bean
    FilterRegistrationBean<FilterChainProxy> leanSecurityFilterChain(
            AccessPolicy policy,
            Cors cors,
            AccessRefusalHandler refusal,
            @Qualifier("sendMapping") ServletRegistrationBean<?> send,
            @Qualifier("eventsMapping") ServletRegistrationBean<?> events) {
        return new FilterRegistrationBean<>(leanChain(policy, cors, refusal), send, events);
    }

    /** Builds the chain without HttpSecurity, which adds more filters and observes each of them. */
    static FilterChainProxy leanChain(
            AccessPolicy policy, Cors cors, AccessRefusalHandler refusal) {
        ExceptionTranslationFilter exceptions =
                new ExceptionTranslationFilter(refusal, new NullRequestCache());
        exceptions.setAccessDeniedHandler(refusal);
        FilterChainProxy proxy =
                new FilterChainProxy(
                        new DefaultSecurityFilterChain(
                                AnyRequestMatcher.INSTANCE,
                                new Audit(),
                                new CrossOriginFilter(_ -> false, cors, refusal),
                                policy.leanAuthentication(),
                                exceptions,
                                new AuthorizationFilter(policy)));
        proxy.setFirewall(new NoFirewall());
        return proxy;
    }

    /** Accepts every URL: the lean chain has no rule that depends on one. */
    private static final class NoFirewall implements HttpFirewall {
        @Override
        public FirewalledRequest getFirewalledRequest(HttpServletRequest request) {
            return new FirewalledRequest(request) {
                @Override
                public void reset() {}
            };
        }

        @Override
        public HttpServletResponse getFirewalledResponse(HttpServletResponse response) {
            return response;
        }
    }

    /**
     * Accepts semicolons, per cent signs and line ends in names of peers and groups: no rule
     * depends on a part of a path. The API itself refuses methods that it does not have.
     */
    @Bean
    HttpFirewall firewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setUnsafeAllowAnyHttpMethod(true);
        firewall.setAllowSemicolon(true);
        firewall.setAllowUrlEncodedPercent(true);
        firewall.setAllowUrlEncodedPeriod(true);
        firewall.setAllowUrlEncodedCarriageReturn(true);
        firewall.setAllowUrlEncodedLineFeed(true);
        firewall.setAllowUrlEncodedLineSeparator(true);
        firewall.setAllowUrlEncodedParagraphSeparator(true);
        return firewall;
    }
}
