DROP TABLE staff_acts;
DROP FUNCTION refuse_change;
