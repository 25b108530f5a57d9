"""The customer files of shops and mail services are read as they come out of them. No database."""

import pytest

from contests.imports.csv_columns import EntryFile

SHOPIFY = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,\
Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,\
Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
'7210448301122,Ada,Lovelace,ada@example.com,no,Analytical Engines,1 St James's Sq,,London,,GB,'SW1Y 4JU,\
020 7946 0018,'+442079460018,no,7790.44,6,Likes numbers.,yes,"vip, retail"
'7210448301123,Grace,,grace@example.com,yes,,,,,,US,'10001,(212) 555-0154,,no,0.00,0,,no,
'7210448301124,,,,no,,,,,,US,'10001,,'+15555550123,yes,0.00,0,,no,
"""
MAILCHIMP = """\
"Email Address","First Name","Last Name",Address,"Phone Number",Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,\
CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
ada@example.com,Ada,Lovelace,"1 St James's Sq  London  GB",+442079460018,12/10,4,,,"2026-03-16 14:40:47",203.0.113.7,\
51.5,-0.1,0,1,Europe/London,GB,H9,"2026-03-16 14:40:47",90498395,810826c56e,,"""
MAILCHIMP += (
    '"""VIP"",""Blog"""\ngrace@example.com,Grace,,,,,2,,,,,,,,,,,,"2026-03-16 14:40:47",90498396,a4d73d08ac,,\n'
)
KLAVIYO = """\
\ufeffEmail,Klaviyo ID,First Name,Last Name,Organization,Title,Phone Number,Address,Address 2,City,State / Region,\
Country,Zip Code,Latitude,Longitude,Source,IP Address,Email Marketing Consent,Email Marketing Consent Timestamp,\
SMS Marketing Consent,First Active,Last Active,Profile Created On,Date Added,Last Open,Last Click
ada@example.com,01HX0000000000000000000001,Ada,Lovelace,,,+442079460018,,,London,,United Kingdom,,51.5,-0.1,-8,\
203.0.113.7,SUBSCRIBED,2026-03-16 14:40:47,NEVER_SUBSCRIBED,2026-03-16,2026-03-16,2026-03-16,2026-03-16,,
grace@example.com,01HX0000000000000000000002,Grace,,,,,,,,,,,,,,,NEVER_SUBSCRIBED,,,,,2026-03-16,2026-03-16,,
"""
WOOCOMMERCE_REPORT = """\
Name,Username,"Last Active","Sign Up",Email,Orders,"Total Spend",AOV,"Country / Region",City,Region,"Postal Code"
"Ada Lovelace",ada,"2026-11-20 10:00:00","2026-03-16 14:40:47",ada@example.com,6,7790.44,1298.41,GB,London,,"SW1Y 4JU"
Grace,,"2026-11-20 10:00:00",,grace@example.com,0,0,0,US,,NY,10001
"""
WOOCOMMERCE_CUSTOMERS = """\
customer_id,first_name,last_name,username,email,date_registered,billing_first_name,billing_last_name,billing_full_name,\
billing_company,billing_email,billing_phone,billing_address_1,billing_city,billing_state,billing_postcode,\
billing_country,shipping_first_name,shipping_last_name,shipping_address_1,shipping_phone,total_spent,order_count
2,Ada,Lovelace,ada,ada@example.com,2026-03-16 14:40:47,A.,King,A. King,,billing@example.com,020 7946 0018,,London,,,\
GB,,,,,7790.44,6
0,,,,,,Grace,,Grace,,grace@example.com,,,,NY,10001,US,,,,,0.00,0
"""
WOOCOMMERCE_USERS = """\
ID,customer_id,user_login,user_pass,user_nicename,user_email,user_url,user_registered,display_name,first_name,last_name,\
user_status,roles,nickname,billing_first_name,billing_last_name,billing_email,billing_phone,shipping_phone
2,2,ada,$P$B0000000000000000000000000000/,ada,ada@example.com,,2026-03-16 14:40:47,ada1815,Ada,Lovelace,0,customer,ada,\
,,billing@example.com,020 7946 0018,
3,3,grace,$P$B0000000000000000000000000001/,grace,grace@example.com,,2026-03-16 14:40:47,Grace,,,0,customer,grace,,,,,
"""
GOOGLE = """\
First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,\
Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,\
E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,\
Phone 2 - Value,Address 1 - Label,Address 1 - Formatted
Ada,,Lovelace,,,,,,,,Analytical Engines,,,1815-12-10,"Met at
the show",,* myContacts ::: Work,* Work,ada@example.com ::: ada@home.example,Home,other@example.com,Mobile,\
+44 20 7946 0018 ::: +44 20 7946 0019,,,,
Grace,,,,,,,,,,,,,,,,* myContacts,*,,Home,grace@example.com,,,,,,
"""
GOOGLE_BEFORE_2024 = """\
Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,\
Phone 1 - Value
Ada Lovelace,Ada,,Lovelace,,* myContacts,* Work,ada@example.com,Mobile,+44 20 7946 0018
Grace,Grace,,,,* myContacts,*,grace@example.com,,
"""
OUTLOOK = """\
First Name,Middle Name,Last Name,Title,Suffix,E-mail Address,E-mail 2 Address,E-mail 3 Address,Primary Phone,\
Home Phone,Business Phone,Mobile Phone,Company
Ada,,Lovelace,,,ada@example.com,,,,,020 7946 0018,,Analytical Engines
Grace,,,,,,grace@example.com,,,,,,
"""
ADA = {"email": "ada@example.com", "name": "Ada Lovelace"}
GRACE = {"email": "grace@example.com", "name": "Grace"}
EXPORTS = [
    ("Shopify", SHOPIFY,
     [ADA | {"phone": "+442079460018"}, GRACE | {"phone": "(212) 555-0154"}, {"phone": "+15555550123"}]),
    ("Mailchimp", MAILCHIMP, [ADA | {"phone": "+442079460018"}, GRACE]),
    ("Klaviyo", KLAVIYO, [ADA | {"phone": "+442079460018"}, GRACE]),
    ("WooCommerce's report", WOOCOMMERCE_REPORT, [ADA, GRACE]),
    ("WooCommerce's customers", WOOCOMMERCE_CUSTOMERS, [ADA | {"phone": "020 7946 0018"}, GRACE]),
    ("WooCommerce's users", WOOCOMMERCE_USERS, [ADA | {"phone": "020 7946 0018"}, GRACE]),
    ("Google Contacts", GOOGLE, [ADA | {"phone": "+44 20 7946 0018"}, GRACE]),
    ("Google Contacts before 2024", GOOGLE_BEFORE_2024, [ADA | {"phone": "+44 20 7946 0018"}, GRACE]),
    ("Outlook", OUTLOOK, [ADA | {"phone": "020 7946 0018"}, GRACE]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), [case[1:] for case in EXPORTS], ids=[case[0] for case in EXPORTS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_customer_exports_of_stores_are_read(text: str, rows: list[dict[str, str]], encoding: str) -> None:
    file = EntryFile.parse(text.removeprefix("\ufeff").encode(encoding))
    assert [row.values for row in file.rows()] == rows
    assert not any(row.has_more_cells for row in file.rows())


def test_consent_and_scores_are_not_imported() -> None:
    unread = EntryFile.parse(MAILCHIMP.encode()).table.ignored_headings
    assert {"CONFIRM_TIME", "TAGS", "MEMBER_RATING", "OPTIN_TIME"} <= set(unread)
    assert "Accepts Email Marketing" in EntryFile.parse(SHOPIFY.encode()).table.ignored_headings
