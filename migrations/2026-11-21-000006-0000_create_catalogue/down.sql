DROP TABLE promo_use, promo, price_book, price_list, offer, product;
