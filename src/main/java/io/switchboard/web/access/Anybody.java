package io.switchboard.web.access;

import jakarta.servlet.http.HttpServletRequest;

/** Lets in whoever reaches this service, as is asked for. */
record Anybody(Hosts hosts) implements Policy {

    @Override
    public Verdict judge(HttpServletRequest request) {
        return HostCheck.judge(hosts, request);
    }

    @Override
    public String line() {
        return "switchboard.admin.auth=open: whoever reaches HTTP may send and close";
    }

    @Override
    public boolean isLax() {
        return true;
    }
}
