DROP TABLE answer, dedupe;
