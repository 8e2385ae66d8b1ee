// A peer on an ESP32: names itself, reports its uptime every 10 s and answers each line that it is sent.
// Run it: put network and host below, open it in the Arduino IDE, choose "ESP32 Dev Module", upload.
// The service must be in reach: --switchboard.listeners.default.host=0.0.0.0
#include <WiFi.h>

const char *NETWORK = "my-network";
const char *PASSWORD = "my-password";
const char *HOST = "192.168.1.10";
const uint16_t PORT = 8000;
const unsigned long REPORT_MILLIS = 10000;

WiFiClient connection;
unsigned long reported = 0;

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  WiFi.begin(NETWORK, PASSWORD);
}

void loop() {
  if (WiFi.status() != WL_CONNECTED) {
    delay(500);
    return;
  }
  if (!connection.connected()) {
    if (!connection.connect(HOST, PORT)) {
      delay(1000);
      return;
    }
    connection.setNoDelay(true);
    connection.print("hello from ESP32 " + WiFi.macAddress() + "\n");
  }
  if (connection.available()) {
    String line = connection.readStringUntil('\n');
    Serial.println(line);
    connection.print("got " + line + "\n");
  }
  if (millis() - reported >= REPORT_MILLIS) {
    reported = millis();
    connection.print("uptime " + String(reported / 1000) + "\n");
  }
}
