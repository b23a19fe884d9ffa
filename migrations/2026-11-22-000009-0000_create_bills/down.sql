DROP TABLE open_bill;
DROP TABLE bill_inquiry;
ALTER TABLE item DROP COLUMN bill;
