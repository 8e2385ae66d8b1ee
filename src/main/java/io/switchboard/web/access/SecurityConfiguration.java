package io.switchboard.web.access;

import static org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher.pathPattern;

import io.switchboard.web.PagesController;
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
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.FilterChainProxy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
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
 * <p>A chain is registered by servlet, not by path. However a client spells a URL, the servlet that
 * answers it is behind its chain. No state is kept between requests, so a forged form (CSRF) has
 * nothing to use.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    /**
     * The files of the pages, which contain no data. They are open to everybody, also to links from
     * other sites; a page asks its user for the token.
     */
    private static final RequestMatcher PAGES =
            RequestMatchers.anyOf(
                    RequestMatchers.allOf(
                            PagesController::isPageAskedFor, pathPattern(HttpMethod.GET, "/")),
                    pathPattern(HttpMethod.GET, "/ui/**"),
                    pathPattern(HttpMethod.GET, "/webjars/**"),
                    pathPattern(HttpMethod.GET, "/docs"),
                    pathPattern(HttpMethod.GET, "/openapi.json"));

    @Bean
    SecurityFilterChain chain(
            HttpSecurity http, AccessPolicy policy, AccessRefusalHandler refusal) {
        return http.csrf(AbstractHttpConfigurer::disable)
                .headers(AbstractHttpConfigurer::disable) // SecurityHeadersFilter sets them
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterBefore(
                        new CrossOriginFilter(PAGES, refusal), AnonymousAuthenticationFilter.class)
                .addFilterBefore(policy.authentication(), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(
                        requests ->
                                requests.requestMatchers(PAGES, pathPattern("/actuator/health/**"))
                                        .permitAll()
                                        .anyRequest()
                                        .access(
                                                (who, in) ->
                                                        policy.authorize(who, in.getRequest())))
                .exceptionHandling(
                        denied ->
                                denied.authenticationEntryPoint(refusal)
                                        .accessDeniedHandler(refusal))
                .build();
    }

    /**
     * Registers the usual chain, like the lean one for no dispatch but REQUEST: an error dispatch
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
            AccessRefusalHandler refusal,
            @Qualifier("sendMapping") ServletRegistrationBean<?> send,
            @Qualifier("eventsMapping") ServletRegistrationBean<?> events) {
        return new FilterRegistrationBean<>(leanChain(policy, refusal), send, events);
    }

    /** Builds the chain by hand, because HttpSecurity adds filters and observes each of them. */
    static FilterChainProxy leanChain(AccessPolicy policy, AccessRefusalHandler refusal) {
        ExceptionTranslationFilter exceptions =
                new ExceptionTranslationFilter(refusal, new NullRequestCache());
        exceptions.setAccessDeniedHandler(refusal);
        FilterChainProxy proxy =
                new FilterChainProxy(
                        new DefaultSecurityFilterChain(
                                AnyRequestMatcher.INSTANCE,
                                new CrossOriginFilter(_ -> false, refusal),
                                policy.authentication(),
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
