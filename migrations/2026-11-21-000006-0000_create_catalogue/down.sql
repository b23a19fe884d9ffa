DROP TABLE promo_use, promo, price_book, offer, product;
