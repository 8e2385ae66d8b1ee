package io.switchboard.packaging;

import com.google.gson.annotations.SerializedName;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Validates a manifest against the classes that are generated from the Kubernetes schema, as
 * strictly as an API server with {@code fieldValidation=Strict}: known fields, the types of their
 * values (a number is not a string), and required fields. It does not validate the contents of
 * strings.
 */
final class KubernetesModel {
    /** Loaded by name, because the annotations on these classes are missing at compile time. */
    private static final String MODELS = "io.kubernetes.client.openapi.models";

    private static final Set<String> KINDS =
            Set.of(
                    "apps/v1 Deployment",
                    "apps/v1 StatefulSet",
                    "v1 Service",
                    "v1 ServiceAccount",
                    "v1 ConfigMap",
                    "policy/v1 PodDisruptionBudget",
                    "networking.k8s.io/v1 NetworkPolicy");

    private final List<String> faults = new ArrayList<>();

    private KubernetesModel() {}

    /** Returns the faults of a manifest, each with its path; empty for a valid manifest. */
    static List<String> faults(JsonNode manifest) {
        KubernetesModel model = new KubernetesModel();
        String kind = manifest.path("apiVersion").asString("") + " " + kind(manifest);
        if (!KINDS.contains(kind)) {
            return List.of("unknown kind: " + kind);
        }
        try {
            model.check(kind(manifest), manifest, Class.forName(MODELS + ".V1" + kind(manifest)));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
        return model.faults;
    }

    private static String kind(JsonNode manifest) {
        return manifest.path("kind").asString("");
    }

    private void check(String path, JsonNode value, Type type) {
        if (type instanceof ParameterizedType generic) {
            checkAll(path, value, generic);
        } else if (type == String.class) {
            expect(path, value, value.isString(), "a string");
        } else if (type == Integer.class || type == Long.class) {
            expect(path, value, value.isIntegralNumber(), "a whole number");
        } else if (type == Boolean.class) {
            expect(path, value, value.isBoolean(), "true or false");
        } else if (type == IntOrString.class) {
            expect(
                    path,
                    value,
                    value.isString() || value.isIntegralNumber(),
                    "a number or a string");
        } else if (type == Quantity.class) {
            expect(path, value, isQuantity(value), "a quantity");
        } else if (type instanceof Class<?> model && isModel(model)) {
            checkFields(path, value, model);
        } else {
            faults.add("%s: the type %s is not supported".formatted(path, type));
        }
    }

    private static boolean isModel(Class<?> type) {
        return type.getPackageName().equals(MODELS);
    }

    private static boolean isQuantity(JsonNode value) {
        try {
            return value.isValueNode() && Quantity.fromString(value.asString()).getNumber() != null;
        } catch (RuntimeException e) {
            return false; // it throws various exceptions
        }
    }

    private void checkAll(String path, JsonNode value, ParameterizedType type) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == List.class) {
            expect(path, value, value.isArray(), "a list");
            int at = 0;
            for (JsonNode each : value.isArray() ? value.asArray() : List.<JsonNode>of()) {
                check(path + "[" + at++ + "]", each, arguments[0]);
            }
        } else {
            expect(path, value, value.isObject(), "a map");
            value.forEachEntry((key, each) -> check(path + "." + key, each, arguments[1]));
        }
    }

    private void checkFields(String path, JsonNode value, Class<?> model) {
        if (!value.isObject()) {
            faults.add("%s: %s is not a map".formatted(path, value));
            return;
        }
        Map<String, Field> fields = new HashMap<>();
        for (Field field : model.getDeclaredFields()) {
            SerializedName name = field.getAnnotation(SerializedName.class);
            if (name != null) {
                fields.put(name.value(), field);
            }
        }
        value.forEachEntry(
                (key, each) -> {
                    @Nullable Field field = fields.get(key);
                    if (field == null) {
                        faults.add("%s: unknown field %s".formatted(path, key));
                    } else {
                        check(path + "." + key, each, field.getGenericType());
                    }
                });
        required(model).stream()
                .filter(name -> !value.has(name))
                .forEach(name -> faults.add("%s: %s is missing".formatted(path, name)));
    }

    private static List<String> required(Class<?> model) {
        try {
            Set<?> names = (Set<?>) model.getField("openapiRequiredFields").get(null);
            return names == null ? List.of() : names.stream().map(String.class::cast).toList();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(model.getName(), e);
        }
    }

    private void expect(String path, JsonNode value, boolean is, String what) {
        if (!is) {
            faults.add("%s: %s is not %s".formatted(path, value, what));
        }
    }
}
