DROP TABLE schedule, task;
