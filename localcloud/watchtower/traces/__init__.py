"""AWS X-Ray on one machine: the daemon, the API, the segments of every service, and OTLP as an option."""
