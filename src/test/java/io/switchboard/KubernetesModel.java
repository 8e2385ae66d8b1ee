package io.switchboard;

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
 * Holds a manifest against the classes that Kubernetes' own schema was made into, as strictly as an
 * API server with {@code fieldValidation=Strict} does: fields that there are, values of their types
 * (a number is no text), and what is required. What a text may be is not known here.
 */
final class KubernetesModel {
    /** Loaded by their names: the compiler would miss the documentation's annotations on them. */
    private static final String MODELS = "io.kubernetes.client.openapi.models";

    private static final Set<String> KINDS =
            Set.of(
                    "apps/v1 Deployment",
                    "v1 Service",
                    "v1 ServiceAccount",
                    "v1 ConfigMap",
                    "policy/v1 PodDisruptionBudget",
                    "networking.k8s.io/v1 NetworkPolicy");

    private final List<String> complaints = new ArrayList<>();

    private KubernetesModel() {}

    /** What is wrong with it, each with its path; nothing for a good one. */
    static List<String> complaints(JsonNode manifest) {
        KubernetesModel model = new KubernetesModel();
        String kind = manifest.path("apiVersion").asString("") + " " + kind(manifest);
        if (!KINDS.contains(kind)) {
            return List.of("no such kind here: " + kind);
        }
        try {
            model.check(kind(manifest), manifest, Class.forName(MODELS + ".V1" + kind(manifest)));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
        return model.complaints;
    }

    private static String kind(JsonNode manifest) {
        return manifest.path("kind").asString("");
    }

    private void check(String path, JsonNode value, Type type) {
        if (type instanceof ParameterizedType generic) {
            checkAll(path, value, generic);
        } else if (type == String.class) {
            expect(path, value, value.isString(), "a text");
        } else if (type == Integer.class || type == Long.class) {
            expect(path, value, value.isIntegralNumber(), "a whole number");
        } else if (type == Boolean.class) {
            expect(path, value, value.isBoolean(), "true or false");
        } else if (type == IntOrString.class) {
            expect(path, value, value.isString() || value.isIntegralNumber(), "a number or text");
        } else if (type == Quantity.class) {
            expect(path, value, isQuantity(value), "a quantity");
        } else if (type instanceof Class<?> model && isModel(model)) {
            checkFields(path, value, model);
        } else {
            complaints.add("%s: %s is not looked into here".formatted(path, type));
        }
    }

    private static boolean isModel(Class<?> type) {
        return type.getPackageName().equals(MODELS);
    }

    private static boolean isQuantity(JsonNode value) {
        try {
            return value.isValueNode() && Quantity.fromString(value.asString()).getNumber() != null;
        } catch (RuntimeException e) {
            return false; // whatever it is that it cannot read
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
            complaints.add("%s: %s where a map belongs".formatted(path, value));
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
                        complaints.add("%s: no field %s".formatted(path, key));
                    } else {
                        check(path + "." + key, each, field.getGenericType());
                    }
                });
        required(model).stream()
                .filter(name -> !value.has(name))
                .forEach(name -> complaints.add("%s: %s is missing".formatted(path, name)));
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
            complaints.add("%s: %s where %s belongs".formatted(path, value, what));
        }
    }
}
