package io.switchboard.delivery;

/** Which targets a report lists. */
public enum Results {
    /** Every target where they are few, else those that failed. */
    AUTO,
    ALL,
    FAILED,
    NONE;

    /** Whether a target with this outcome may be listed. */
    public boolean lists(Outcome outcome) {
        return switch (this) {
            case AUTO, ALL -> true;
            case FAILED -> outcome instanceof Outcome.Failed;
            case NONE -> false;
        };
    }
}
