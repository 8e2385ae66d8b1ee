package io.switchboard.web;

/** Query parameters that are true, also by being there without a value, or false. */
final class Flag {
    private Flag() {}

    /**
     * @throws ApiProblem 400, for anything else
     */
    static boolean parse(String name, String value) {
        return switch (value) {
            case "true", "" -> true;
            case "false" -> false;
            default -> throw ApiProblem.badRequest(name + "='" + value + "': true or false");
        };
    }
}
