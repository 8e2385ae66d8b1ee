package io.switchboard.web;

import java.util.Map;

/**
 * What another node answered.
 *
 * @param headers those that say something of the answer, by their names
 */
@SuppressWarnings("ArrayRecordComponent") // answers are not compared
record CarriedAnswer(int status, Map<String, String> headers, byte[] body) {}
