package io.switchboard.http;

import static tools.jackson.databind.cfg.CoercionAction.Fail;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.switchboard.delivery.Target;
import io.switchboard.framing.Framing;
import io.switchboard.http.access.Client;
import io.switchboard.http.admin.FramingController;
import io.switchboard.http.audit.Audit;
import io.switchboard.http.peers.DialController;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.peer.Transport;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.query.PeerFilter;
import io.switchboard.query.PeerSort;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validator;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerInterceptor;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;

/**
 * Binds a request to the records that a handler method declares as parameters: from the query for
 * GET, HEAD and DELETE, and from the JSON body otherwise. Thread-safe.
 *
 * <p>Jackson converts the values and Bean Validation checks them. This class creates all errors,
 * which give the field, its value, and what would be valid. A field or parameter that no record has
 * is refused.
 */
@Component
public final class RequestBinder implements HandlerMethodArgumentResolver, HandlerInterceptor {
    private static final Set<String> WITH_QUERY = Set.of("GET", "HEAD", "DELETE");
    private static final Set<Class<?>> WHOLE_NUMBERS = Set.of(Integer.class, Long.class, int.class);

    /**
     * The values, names and brackets of a body: a tree of JSON takes up to 80 bytes of memory for
     * two bytes of a body, such as an empty object.
     */
    private static final int MAX_TOKENS = 50_000;

    private static final StreamReadConstraints LIMITS =
            StreamReadConstraints.builder()
                    .maxNestingDepth(Body.MAX_DEPTH)
                    .maxTokenCount(MAX_TOKENS)
                    .build();

    private static final JsonMapper JSON =
            JsonMapper.builder(JsonFactory.builder().streamReadConstraints(LIMITS).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .withCoercionConfig(
                            LogicalType.Textual,
                            text ->
                                    text.setCoercion(CoercionInputShape.Integer, Fail)
                                            .setCoercion(CoercionInputShape.Float, Fail)
                                            .setCoercion(CoercionInputShape.Boolean, Fail))
                    .addModule(deserializers())
                    .build();

    private static final TypeReference<Map<String, @Nullable Object>> ANY_VALUES =
            new TypeReference<>() {};

    private static SimpleModule deserializers() {
        return new SimpleModule("requests")
                .addDeserializer(Duration.class, new Text<>(QueryParameters::duration))
                .addDeserializer(Target.class, new Text<>(Target::parseConnected))
                .addDeserializer(Dialler.Tls.class, new Tree<>(DialController::tls))
                .addDeserializer(
                        DialController.First.class, new Tree<>(DialController.First::parse))
                .addDeserializer(Framing.class, new Text<>(Framing::of))
                .addDeserializer(
                        FramingController.HexStream.class,
                        new Text<>(FramingController.HexStream::parse))
                .addDeserializer(Transport.class, new Text<>(Transport::of))
                .addDeserializer(PeerFilter.State.class, new Text<>(PeerFilter.State::parse))
                .addDeserializer(PeerSort.class, new Text<>(PeerSort::parse));
    }

    /**
     * Declares the text that replaces a JSON null. A null for a component without this annotation
     * is refused.
     */
    @Retention(RetentionPolicy.RUNTIME)
    public @interface NullMeans {
        String value();
    }

    /** A body that is any JSON object: its values as maps, lists, texts, numbers and booleans. */
    public record JsonObject(Map<String, @Nullable Object> values) {}

    private final Validator validator;
    private final Body bodies;
    private final Map<HandlerMethod, Set<String>> queryNames = new ConcurrentHashMap<>();

    public RequestBinder(Validator validator, Body bodies) {
        this.validator = validator;
        this.bodies = bodies;
    }

    // ---- entry points that Spring calls

    /** Refuses query parameters that the handler method does not have, and repeated ones. */
    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        // the dispatch to /error repeats the query of the failed request, which /error does not
        // know
        if (request.getDispatcherType() == DispatcherType.REQUEST
                && handler instanceof HandlerMethod method
                && belongsToApi(method.getBeanType())) {
            Set<String> known =
                    queryNames.computeIfAbsent(method, each -> names(each, request.getMethod()));
            QueryParameters.parse(request.getQueryString(), known)
                    .forEach(RequestBinder::checkOnce);
        }
        return true;
    }

    private static void checkOnce(String name, List<String> values) {
        if (values.size() > 1) {
            throw ApiProblem.badRequest("'" + name + "' is given more than once");
        }
    }

    private static Set<String> names(HandlerMethod method, String httpMethod) {
        return WITH_QUERY.contains(httpMethod)
                ? Arrays.stream(method.getMethodParameters())
                        .filter(RequestBinder::isBound)
                        .map(MethodParameter::getParameterType)
                        .flatMap(type -> names(type).stream())
                        .collect(Collectors.toUnmodifiableSet())
                : Arrays.stream(method.getMethod().getParameters())
                        .filter(each -> each.isAnnotationPresent(RequestParam.class))
                        .map(Parameter::getName)
                        .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return isBound(parameter) && belongsToApi(parameter.getContainingClass());
    }

    /** Returns whether a request has the values; the client comes from access control. */
    private static boolean isBound(MethodParameter parameter) {
        Class<?> type = parameter.getParameterType();
        return type.isRecord() && type != Client.class;
    }

    private static boolean belongsToApi(Class<?> type) {
        return type.getPackageName().startsWith(RequestBinder.class.getPackageName());
    }

    @Override
    public Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest webRequest,
            @Nullable WebDataBinderFactory binders)
            throws IOException {
        HttpServletRequest request = (HttpServletRequest) webRequest.getNativeRequest();
        Class<?> type = parameter.getParameterType();
        if (WITH_QUERY.contains(request.getMethod())) {
            return query(request.getQueryString(), type);
        }
        byte[] bytes = utf8(request);
        Object body = CostlyTurns.parse(bytes.length, () -> body(bytes, type));
        Audit.body(request, body);
        return body;
    }

    // ---- binding

    /**
     * Returns a record with the values of those parameters that are components of its type. Ignores
     * other parameters, which may belong to another record of the same handler method.
     *
     * @throws ApiProblem 400 if a value is not valid
     */
    <T> T query(@Nullable String query, Class<T> type) {
        ObjectNode tree = JSON.createObjectNode();
        // not getParameterMap(), which would consume a body that has the Content-Type of a form
        Map<String, List<String>> values = QueryParameters.parse(query, null);
        for (RecordComponent each : type.getRecordComponents()) {
            List<String> texts = values.get(name(each));
            if (texts != null) {
                tree.set(name(each), node(each, texts));
            }
        }
        return bind(tree, type);
    }

    private static JsonNode node(RecordComponent component, List<String> texts) {
        Class<?> type = component.getType();
        String text = texts.getFirst();
        if (type == Boolean.class) {
            return JSON.valueToTree(QueryParameters.flag(name(component), text));
        }
        if (WHOLE_NUMBERS.contains(type)) {
            try {
                return JSON.valueToTree(Long.valueOf(text));
            } catch (NumberFormatException e) {
                throw refused(name(component), JSON.valueToTree(text), expected(component));
            }
        }
        if (Collection.class.isAssignableFrom(type)) {
            ArrayNode list = JSON.createArrayNode();
            texts.forEach(list::add);
            return list;
        }
        return JSON.valueToTree(text);
    }

    private byte[] utf8(HttpServletRequest request) throws IOException {
        Body.requireUtf8(request);
        return bodies.read(request);
    }

    /**
     * Returns a record with the values of a body, which must be one JSON object.
     *
     * @throws ApiProblem 400 if the body is not a JSON object, or a field is unknown or not valid
     */
    <T> T body(byte[] body, Class<T> type) {
        boolean anyObject = type == JsonObject.class;
        if (body.length == 0) {
            throw ApiProblem.badRequest(
                    "the body is empty: it takes a JSON object with "
                            + (anyObject
                                    ? "keys, such as {\"name\": \"gps\", \"port\": 9000}"
                                    : "some of " + String.join(", ", names(type))));
        }
        JsonNode tree = tree(body);
        if (!(tree instanceof ObjectNode object)) {
            throw ApiProblem.badRequest("the body is not a JSON object");
        }
        if (anyObject) {
            return type.cast(new JsonObject(JSON.convertValue(object, ANY_VALUES)));
        }
        return bind(object, type);
    }

    private static JsonNode tree(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (StreamConstraintsException e) {
            throw ApiProblem.badRequest(
                    "the body's JSON is nested deeper than %d, has more than %d tokens, or has a number or a name that is too long: %s"
                            .formatted(Body.MAX_DEPTH, MAX_TOKENS, e.getOriginalMessage()));
        } catch (JacksonException e) {
            throw ApiProblem.badRequest("the body is not JSON: " + e.getOriginalMessage());
        }
    }

    private <T> T bind(ObjectNode tree, Class<T> type) {
        Map<String, RecordComponent> components =
                Arrays.stream(type.getRecordComponents())
                        .collect(Collectors.toMap(RequestBinder::name, Function.identity()));
        tree.forEachEntry(
                (name, value) -> {
                    RecordComponent component = components.get(name);
                    if (value.isNull() && component != null) {
                        NullMeans meaning = component.getAnnotation(NullMeans.class);
                        if (meaning == null) {
                            throw refused(name, value, expected(component));
                        }
                        tree.put(name, meaning.value());
                    }
                });
        T bound;
        try {
            bound = JSON.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            String known = String.join(", ", names(type));
            throw ApiProblem.badRequest(
                    "unknown field '" + e.getPropertyName() + "': known are " + known);
        } catch (JacksonException e) {
            String field = e.getPath().isEmpty() ? "" : e.getPath().getFirst().getPropertyName();
            RecordComponent component = components.get(field);
            JsonNode value = tree.get(field);
            if (component == null || value == null) {
                throw ApiProblem.badRequest(
                        "the body is not as expected: " + e.getOriginalMessage());
            }
            String objection =
                    e.getCause() instanceof IllegalArgumentException cause
                            ? cause.getMessage()
                            : null;
            throw refused(field, value, objection == null ? expected(component) : objection);
        }
        for (ConstraintViolation<T> violation : validator.validate(bound)) {
            throw violated(tree, violation);
        }
        return bound;
    }

    private static String expected(RecordComponent component) {
        Class<?> type = component.getType();
        if (type == Boolean.class) {
            return "it takes true or false";
        }
        if (WHOLE_NUMBERS.contains(type)) {
            Range range = component.getAccessor().getAnnotation(Range.class);
            return range == null ? "it takes a whole number" : range.message();
        }
        if (Collection.class.isAssignableFrom(type)) {
            return component.getAccessor().isAnnotationPresent(JsonFormat.class)
                    ? "it takes a string or a list of strings"
                    : "it takes a list of strings";
        }
        return "it takes a string";
    }

    private static <T> ApiProblem violated(ObjectNode tree, ConstraintViolation<T> violation) {
        String path = violation.getPropertyPath().iterator().next().getName();
        String field =
                Arrays.stream(violation.getRootBeanClass().getRecordComponents())
                        .filter(each -> each.getName().equals(path))
                        .map(RequestBinder::name)
                        .findFirst()
                        .orElse(path);
        JsonNode value = tree.get(field);
        return value == null
                ? ApiProblem.badRequest("'" + field + "' is missing: " + violation.getMessage())
                : refused(field, value, violation.getMessage());
    }

    private static ApiProblem refused(String field, JsonNode value, String objection) {
        String text = value.isString() ? "'" + value.stringValue() + "'" : value.toString();
        return ApiProblem.badRequest(field + "=" + text + ": " + objection);
    }

    /**
     * Returns the name of a component in requests. It may differ from the Java name because a
     * record component cannot be called {@code wait}.
     */
    private static String name(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null ? component.getName() : property.value();
    }

    private static Set<String> names(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RequestBinder::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Parses a value from any JSON. The message of the parser's exception becomes the error. */
    private static final class Tree<T> extends ValueDeserializer<T> {
        private final Function<JsonNode, @Nullable T> parser;

        Tree(Function<JsonNode, @Nullable T> parser) {
            this.parser = parser;
        }

        @Override
        public @Nullable T deserialize(JsonParser in, DeserializationContext context) {
            return parser.apply(context.readTree(in));
        }
    }

    /**
     * Parses a value from a JSON string. The message of the parser's exception becomes the error.
     */
    private static final class Text<T> extends ValueDeserializer<T> {
        private final Function<String, T> parser;

        Text(Function<String, T> parser) {
            this.parser = parser;
        }

        @Override
        public T deserialize(JsonParser in, DeserializationContext context) {
            if (in.currentToken() != JsonToken.VALUE_STRING) {
                throw MismatchedInputException.from(in, String.class, "not a string");
            }
            return parser.apply(in.getString());
        }
    }
}
