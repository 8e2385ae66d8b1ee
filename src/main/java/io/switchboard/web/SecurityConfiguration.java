package io.switchboard.web;

import static org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher.pathPattern;

import io.switchboard.web.access.Access;
import io.switchboard.web.access.Role;
import io.switchboard.web.access.Verdict;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.EnumSet;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Spring Security before Spring's servlet: the API and the actuator. Nothing is kept between
 * requests, and so there is nothing that a forged form could ride on (CSRF).
 *
 * <p>The servlets beside Spring's ask {@link Access} themselves: the chain costs a {@code POST
 * /send} microseconds, and the question a fraction of one.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    private final HandlerExceptionResolver problems;

    SecurityConfiguration(
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver problems) {
        this.problems = problems;
    }

    @Bean
    SecurityFilterChain chain(HttpSecurity http, Access access) {
        RequestMatcher foreign = Access::isForeign;
        return http.csrf(AbstractHttpConfigurer::disable)
                .headers(AbstractHttpConfigurer::disable) // SecurityHeaders puts them everywhere
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterBefore(new AccessFilter(access), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(
                        requests ->
                                requests.requestMatchers(OperatorPage.FILES, DocsController.FILES)
                                        .permitAll()
                                        .requestMatchers(foreign)
                                        .denyAll()
                                        .requestMatchers(
                                                pathPattern("/actuator/health"),
                                                pathPattern("/actuator/health/**"))
                                        .permitAll()
                                        .requestMatchers(HttpMethod.GET)
                                        .hasRole(Role.READ.word())
                                        .requestMatchers(HttpMethod.HEAD)
                                        .hasRole(Role.READ.word())
                                        .anyRequest()
                                        .hasRole(Role.SEND.word()))
                .exceptionHandling(
                        denied ->
                                denied.authenticationEntryPoint(
                                                (request, response, _) ->
                                                        refuse(access, request, response))
                                        .accessDeniedHandler(
                                                (request, response, _) ->
                                                        refuse(access, request, response)))
                .build();
    }

    /**
     * By servlet, not by path: whatever the container gives to Spring's servlet, however its URL is
     * spelled, has been through the chain. What an error is dispatched to says nothing of peers.
     */
    @Bean
    DelegatingFilterProxyRegistrationBean chainRegistration(
            DispatcherServletRegistrationBean spring) {
        DelegatingFilterProxyRegistrationBean registration =
                new DelegatingFilterProxyRegistrationBean("springSecurityFilterChain", spring);
        registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
        return registration;
    }

    /**
     * Nothing here is decided by a part of a path, so a name with a semicolon or a per cent sign in
     * it is no trick; and a method that is not taken is answered as such.
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

    @Bean
    RequestRejectedHandler rejected() {
        return (request, response, e) ->
                problems.resolveException(
                        request,
                        response,
                        null,
                        ApiProblem.badRequest(
                                "the URL is not taken as it is spelled: " + e.getMessage()));
    }

    private void refuse(Access access, HttpServletRequest request, HttpServletResponse response) {
        Verdict.Refused refused = AccessFilter.refusal(request);
        if (refused == null) {
            refused = Verdict.Refused.needsSend(request.getMethod());
        }
        access.count(refused);
        problems.resolveException(request, response, null, ApiProblem.refused(refused));
    }
}
